"""A real Chromium opens the share page, which a script fills slowly, or never."""

import os
import shutil
import signal
import socket
from contextlib import closing, suppress
from pathlib import Path

import pytest

from finews_spider.downloadhandlers import browser
from tests.misbehave import MisbehavingUpstream
from tests.running import Runner, make_crawler, wait_for
from tests.servers import missing

CHROMIUM = next(filter(None, map(shutil.which, browser.PROGRAMS)), None)


@pytest.fixture(scope="module")
def upstream():
    with MisbehavingUpstream(articles=40, seed=9, share_delay=0.5) as upstream:
        yield upstream


@pytest.fixture
def finews(tmp_path, upstream):
    if not CHROMIUM:
        missing("chromium", f"none of {', '.join(browser.PROGRAMS)} is on the PATH")
    upstream.reset_counts()
    for pattern in ("text", "article", "page", "share"):
        upstream.misbehave(pattern, "ok")
    upstream.share_delay = 0.5
    return Runner(tmp_path, upstream, FINEWS_CHROMIUM=CHROMIUM, FINEWS_RENDER_SECONDS="60")  # a busy machine is slow


def newsshare(finews, *arguments, code=0, **settings):
    return finews("scrapy", "crawl", "newsshare", *(f"-a{argument}" for argument in arguments), code=code, **settings)


def test_the_rendered_page_gives_the_same_article_as_the_json(finews, upstream):
    code = upstream.news.codes[3]
    newsshare(finews, f"links=NW{code}", "render=browser")
    rendered = finews.article(code)
    assert upstream.requests["share"] == 1
    assert upstream.requests["image"] == 0
    newsshare(finews, f"links=NW{code}", "render=api", "refresh=1")
    plain = finews.article(code)
    assert rendered.text_hash == plain.text_hash
    assert (rendered.title, rendered.media, rendered.published_at) == (plain.title, plain.media, plain.published_at)


def test_auto_opens_the_browser_only_when_all_other_sources_have_failed(finews, upstream):
    first, second = upstream.news.codes[4:6]
    newsshare(finews, f"links=NW{first}")
    assert not upstream.requests["share"]
    upstream.misbehave("text", "html", times=1)  # the page's own script then gets it
    upstream.misbehave("article", "cut")
    upstream.misbehave("page", "500")
    newsshare(finews, f"links=NW{second}")
    assert upstream.requests["share"] == 1
    assert finews.article(second).title


def test_a_page_that_is_never_filled_is_one_failed_article(finews, upstream):
    upstream.share_delay = -1
    code = upstream.news.codes[6]
    done = newsshare(finews, f"links=NW{code}", "render=browser", code=1, FINEWS_RENDER_SECONDS="2")
    assert f"NW{code} failed" in done.stderr
    assert "Traceback" not in done.stderr
    assert finews.article(code) is None


def test_a_page_has_the_seconds_of_the_setting(finews):
    crawler = make_crawler(FINEWS_RENDER_SECONDS="100")
    assert browser.Browser(crawler).seconds > 100


@pytest.mark.torture
def test_many_pages_wait_for_their_turn(finews, upstream):
    upstream.share_delay = 1
    codes = upstream.news.codes[14:24]
    newsshare(finews, "links=" + ",".join(codes), "render=browser", FINEWS_RENDER_SECONDS="5")
    assert finews.summary().articles == len(codes)


def test_a_killed_browser_does_not_end_the_crawl(finews, upstream):
    """All its processes are killed while a page waits. A new browser is started, and every article is stored."""
    upstream.share_delay = 2
    codes = upstream.news.codes[7:11]
    process = finews.start("scrapy", "crawl", "newsshare", "-alinks=" + ",".join(codes), "-arender=browser")
    wait_for(lambda: upstream.requests["share"] > 0 and browsers_of(process.pid))
    for pid in browsers_of(process.pid):
        os.kill(pid, signal.SIGKILL)
    _, err = process.communicate(timeout=300)
    assert "Traceback" not in err
    stored = [code for code in codes if finews.article(code)]
    assert len(stored) >= len(codes) - 2, err
    assert process.returncode == (0 if len(stored) == len(codes) else 1)


def test_the_page_reaches_no_other_host(finews, upstream, tmp_path):
    with MisbehavingUpstream(articles=1) as other:
        here = other.url.replace("127.0.0.1", "localhost")
        page = f"""<!DOCTYPE html><title>x</title><h1>题目在此</h1><p>{"正文一段，足够长的句子。" * 9}</p><script>
            fetch("{here}/robots.txt").catch(() => 0); new Image().src = "{here}/image/1.png"; open("{here}/a/b.html");
            const frame = document.createElement("iframe"); frame.src = "{here}/a/c.html"; document.body.append(frame);
            </script>"""
        upstream.answers("NewsShare.*" + upstream.news.codes[12], page.encode())
        newsshare(finews, f"links=NW{upstream.news.codes[12]}", "render=browser", code=None)
        assert upstream.requests["share"] == 1
        assert not other.log


SPEAK = """
function speak(win) {
    for (const host of ["127.0.0.1", "127.0.0.2"]) {
        const server = host + ":%d";
        try {
            const turn = ["turn:" + server + "?transport=udp"];
            const iceServers = [{urls: "stun:" + server}, {urls: turn, username: "u", credential: "p"}];
            const peer = new win.RTCPeerConnection({iceServers});
            peer.createDataChannel("x");
            peer.createOffer().then(offer => peer.setLocalDescription(offer));
            (win.peers ||= []).push(peer);
        } catch (error) {}
        try { new win.WebTransport("https://" + server + "/").ready.catch(() => 0); } catch (error) {}
        win.fetch("https://" + server + "/").catch(() => 0);
    }
}
"""
TALKING = """<!DOCTYPE html><title>x</title><h1>题目在此</h1><body><script>
%(speak)s
speak(window);
const blank = document.body.appendChild(document.createElement("iframe"));
speak(blank.contentWindow);
for (const [name, value] of [["srcdoc", "<p>x"], ["src", URL.createObjectURL(new Blob(["<p>x"], {type: "text/html"}))]]) {
    const frame = document.createElement("iframe");
    frame[name] = value;
    frame.onload = () => speak(frame.contentWindow);
    document.body.append(frame);
}
const sandbox = document.createElement("iframe");
sandbox.sandbox = "allow-scripts";
sandbox.srcdoc = "<script>" + speak.toString().replaceAll("https:", "x:") + "; speak(window)</scr" + "ipt>";
document.body.append(sandbox);
try { speak(window.open("about:blank")); } catch (error) {}
try { new Worker(URL.createObjectURL(new Blob([speak + "; speak(self)"]))); } catch (error) {}
setTimeout(() => document.body.insertAdjacentHTML("beforeend", "<p>" + "正文一段，足够长的句子。".repeat(9)), 3000);
</script>"""


def test_no_page_frame_popup_or_worker_sends_udp(finews, upstream):
    """A socket stands for the servers of WebRTC and QUIC. It must receive nothing."""
    code = upstream.news.codes[13]
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as udp:
        udp.bind(("0.0.0.0", 0))  # for 127.0.0.2, too
        udp.setblocking(False)
        page = TALKING % {"speak": SPEAK % udp.getsockname()[1]}
        upstream.answers("NewsShare.*" + code, page.encode())
        done = newsshare(finews, f"links=NW{code}", "render=browser", code=None)
        assert upstream.requests["share"] == 1
        assert "shows no text" not in done.stderr  # it was open until its script ended
        with pytest.raises(BlockingIOError):
            udp.recvfrom(2000)


def test_render_browser_without_one_is_a_clear_error(finews, upstream):
    done = newsshare(finews, "links=NW202206012399294452", "render=browser", code=2, FINEWS_CHROMIUM="off")
    assert done.stderr.splitlines()[-1].startswith("finews: render=browser needs a browser")


def test_a_shell_of_a_column_is_read_in_the_browser(finews, upstream):
    finews("scrapy", "crawl", "category", "-a", f"url={upstream.url}/a/cunknown.html")
    assert upstream.requests["column"] == 2
    assert finews.summary().articles == 20


def browsers_of(pid: int) -> list[int]:
    """Return the browser processes below *pid*, except those that end meanwhile, as many do at its start."""
    found, below = [], [pid]
    while below:
        parent = below.pop()
        with suppress(FileNotFoundError, ProcessLookupError):
            for task in Path(f"/proc/{parent}/task").glob("*/children"):
                below += map(int, task.read_text().split())
            name = Path(f"/proc/{parent}/cmdline").read_bytes()
            if b"--headless" in name and b"--type=" not in name:
                found.append(parent)
    return found
