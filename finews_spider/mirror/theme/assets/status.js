// How long ago, by the reader's clock: the page is written only when there is something new.
const words = document.querySelector("#channels")?.dataset;
function ago(time) {
  const minutes = Math.max(0, Math.floor((Date.now() - time) / 60000));
  if (minutes < 120) return words.minutes.replace("%count", minutes);
  if (minutes < 48 * 60) return words.hours.replace("%count", Math.floor(minutes / 60));
  return words.days.replace("%count", Math.floor(minutes / 1440));
}
function tell() {
  for (const cell of document.querySelectorAll("#channels time")) {
    cell.title ||= cell.textContent;
    cell.textContent = ago(Date.parse(cell.dateTime));
  }
}
if (words) {
  tell();
  setInterval(tell, 60000);
}
