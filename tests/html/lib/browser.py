"""Chromium without a window, spoken to over a pipe (the DevTools protocol), in plain Python."""
import base64
import json
import os
import select
import shutil
import subprocess
import tempfile
import time

SECONDS_MAX = 60


def find():
    """The program, or None."""
    return os.environ.get("CHROMIUM") or shutil.which("chromium")


class Browser:
    """One Chromium for all pages.  Use with `with`."""

    def __init__(self, program):
        self.profile = tempfile.mkdtemp(prefix="dnsgap-chromium-")
        to_it, ours_out = os.pipe()
        ours_in, from_it = os.pipe()

        def wire():
            # It reads from 3 and writes to 4; the pipes may lie on these numbers already.
            first, second = os.dup(to_it), os.dup(from_it)
            os.dup2(first, 3)
            os.dup2(second, 4)

        flags = ["--headless=new", "--remote-debugging-pipe", "--disable-gpu", "--no-first-run",
                 "--no-default-browser-check", "--disable-extensions", "--hide-scrollbars",
                 "--disable-background-networking", "--disable-component-update",
                 "--disable-sync", "--disable-dev-shm-usage", "--force-color-profile=srgb",
                 f"--user-data-dir={self.profile}"]
        if os.geteuid() == 0:
            flags.append("--no-sandbox")
        # pylint: disable=subprocess-popen-preexec-fn
        self.process = subprocess.Popen(
            [program, *flags, "about:blank"], preexec_fn=wire, close_fds=False,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env={**os.environ, "HOME": self.profile})
        os.close(to_it)
        os.close(from_it)
        self.out, self.incoming = ours_out, ours_in
        self.buffer = b""
        self.number = 0
        self.events = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            self.call("Browser.close")
        except (OSError, RuntimeError):
            pass
        try:
            self.process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        os.close(self.out)
        os.close(self.incoming)
        shutil.rmtree(self.profile, ignore_errors=True)

    def take(self, seconds):
        """The next message, or None when the time is over."""
        end = time.monotonic() + seconds
        while b"\0" not in self.buffer:
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.incoming], [], [], left)[0]:
                return None
            more = os.read(self.incoming, 1 << 20)
            if not more:
                raise RuntimeError("Chromium has ended")
            self.buffer += more
        message, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(message)

    def call(self, method, session=None, **params):
        """What a command gives; events that come meanwhile are kept."""
        self.number += 1
        message = {"id": self.number, "method": method, "params": params}
        if session:
            message["sessionId"] = session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self.out, data):]
        while True:
            reply = self.take(SECONDS_MAX)
            if reply is None:
                raise RuntimeError(f"Chromium does not answer {method}")
            if reply.get("id") == self.number:
                if "error" in reply:
                    raise RuntimeError(f"{method}: {reply['error']}")
                return reply["result"]
            if "method" in reply:
                self.events.append(reply)

    def wait_event(self, method, session):
        """Until such an event has come."""
        while not any(e["method"] == method and e.get("sessionId") == session
                      for e in self.events):
            event = self.take(SECONDS_MAX)
            if event is None:
                raise RuntimeError(f"Chromium never said {method}")
            self.events.append(event)


class Page:
    """One tab.  What it logs, asks the network for and opens is in `events`."""

    def __init__(self, browser):
        self.browser = browser
        target = browser.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = browser.call("Target.attachToTarget", targetId=target,
                                    flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def call(self, method, **params):
        return self.browser.call(method, self.session, **params)

    def open(self, path):
        self.browser.events.clear()
        self.call("Page.navigate", url="file://" + os.path.abspath(path))
        self.browser.wait_event("Page.loadEventFired", self.session)

    def show(self, width, is_dark, height=900):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height,
                  deviceScaleFactor=1, mobile=False)
        self.call("Emulation.setEmulatedMedia", media="screen", features=[
            {"name": "prefers-color-scheme", "value": "dark" if is_dark else "light"}])

    def ask(self, script):
        """The value of an expression; the page's policy does not hold back the debugger."""
        reply = self.call("Runtime.evaluate", expression=script, returnByValue=True,
                          awaitPromise=True)
        if "exceptionDetails" in reply:
            raise RuntimeError(json.dumps(reply["exceptionDetails"])[:800])
        return reply["result"].get("value")

    def shoot(self, path):
        """The whole page as a PNG."""
        data = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=True)
        with open(path, "wb") as file:
            file.write(base64.b64decode(data["data"]))

    def print(self, path):
        """The page on A4, as a PDF."""
        data = self.call("Page.printToPDF", preferCSSPageSize=True, printBackground=False)
        pdf = base64.b64decode(data["data"])
        with open(path, "wb") as file:
            file.write(pdf)
        return pdf

    def faults(self):
        """What the page did besides showing itself: logged, loaded, asked, opened."""
        found = []
        for event in self.browser.events:
            if event.get("sessionId") != self.session:
                continue
            method, params = event["method"], event["params"]
            if method in ("Log.entryAdded", "Runtime.consoleAPICalled", "Runtime.exceptionThrown",
                          "Page.javascriptDialogOpening", "Page.windowOpen",
                          "Page.downloadWillBegin", "Network.loadingFailed"):
                found.append(f"{method}: {json.dumps(params)[:300]}")
        return found

    def requests(self):
        return [e["params"]["request"]["url"] for e in self.browser.events
                if e.get("sessionId") == self.session and e["method"] == "Network.requestWillBeSent"]
