// Shows ages by the reader's clock, for the page is written only when there is something new.
const strings = document.querySelector("#channels")?.dataset;
function ago(time) {
  const minutes = Math.max(0, Math.floor((Date.now() - time) / 60000));
  if (minutes < 120) return strings.minutes.replace("%count", minutes);
  if (minutes < 48 * 60) return strings.hours.replace("%count", Math.floor(minutes / 60));
  return strings.days.replace("%count", Math.floor(minutes / 1440));
}
function showAges() {
  for (const cell of document.querySelectorAll("#channels time")) {
    cell.title ||= cell.textContent;
    cell.textContent = ago(Date.parse(cell.dateTime));
  }
}
if (strings) {
  showAges();
  setInterval(showAges, 60000);
}
