#!/usr/bin/env python3
"""A real Prometheus, through a real node exporter, gets the numbers that the reports have."""
import json
import os
import signal
import sys
import urllib.error
import urllib.parse
import urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))

import lab                                             # noqa: E402
import mixture                                         # noqa: E402
from lab import tap                                    # noqa: E402

SECONDS = 3
REPORTS = 2
EXPORTER, PROMETHEUS = "127.0.0.1:9100", "127.0.0.1:9090"
CONFIG = """global: {{scrape_interval: 200ms, evaluation_interval: 200ms, scrape_timeout: 200ms}}
rule_files: ["{root}/packaging/prometheus/dnsgap.rules.yml"]
scrape_configs:
  - job_name: node
    static_configs: [{{targets: ["{exporter}"]}}]
"""


def ask(query):
    """{labels: value} of a query now; {} while there is nobody to ask."""
    url = f"http://{PROMETHEUS}/api/v1/query?" + urllib.parse.urlencode({"query": query})
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            rows = json.load(answer)["data"]["result"]
    except (OSError, urllib.error.URLError):
        return {}
    return {tuple(sorted((name, value) for name, value in row["metric"].items())):
            float(row["value"][1]) for row in rows}


def number(query):
    """The one value of a query, or None."""
    values = list(ask(query).values())
    return values[0] if len(values) == 1 else None


def added(reports, *path):
    """The sum over reports of a number, or of a table of numbers."""
    totals = {}
    for report in reports:
        for step in path:
            report = report[step]
        for key, value in (report if isinstance(report, dict) else {"": report}).items():
            totals[key] = totals.get(key, 0) + value
    return totals


def ranges(reports):
    totals = {}
    for report in reports:
        for row in report["ranges"]:
            for outcome, count in row["outcomes"].items():
                totals[row["name"], outcome] = totals.get((row["name"], outcome), 0) + count
    return totals


def start(folder, files):
    """The node exporter and Prometheus."""
    config = os.path.join(folder, "prometheus.yml")
    tap.store(config, CONFIG.format(root=tap.ROOT, exporter=EXPORTER).encode())
    exporter = lab.Process(
        ["prometheus-node-exporter", "--collector.disable-defaults", "--collector.textfile",
         f"--collector.textfile.directory={files}", f"--web.listen-address={EXPORTER}"],
        folder, "exporter")
    prometheus = lab.Process(
        ["prometheus", f"--config.file={config}", f"--web.listen-address={PROMETHEUS}",
         f"--storage.tsdb.path={folder}/tsdb"], folder, "prometheus")
    return exporter, prometheus


def compare(t, reports, what):
    """All counters against the sums of the reports; Prometheus scrapes a little later."""
    frames = added(reports, "capture", "frames")[""]
    # The last cut may have no frame: that its numbers came is told by the count of cuts.
    lab.await_true(lambda: number("dnsgap_cuts_total") == len(reports), 15)
    came = lab.await_true(lambda: number("sum(dnsgap_frames_total)") == frames, 15)
    t.ok(came and frames > 0, f"{what}: Prometheus knows all {frames} frames of "
         f"{len(reports)} reports", [number("sum(dnsgap_frames_total)")])
    seen = {(dict(labels)["range"], dict(labels)["outcome"]): value for labels, value
            in ask("sum by (range, outcome) (dnsgap_transactions_total)").items()}
    wanted = ranges(reports)
    t.ok(seen == wanted and sum(wanted.values()) > 100,
         f"{what}: {sum(wanted.values())} transactions by range and outcome",
         [(key, seen.get(key), wanted.get(key)) for key in wanted if seen.get(key) != wanted[key]])
    seen = {dict(labels)["verdict"]: value for labels, value in ask("dnsgap_frames_total").items()}
    t.ok(seen == added(reports, "capture", "verdicts"), f"{what}: frames by verdict", [seen])
    t.ok(number("dnsgap_cuts_total") == len(reports), f"{what}: one cut a report",
         [number("dnsgap_cuts_total"), len(reports)])


def check_alerts(t, reports):
    faults = {finding["code"] for report in reports for finding in report["findings"]
              if finding["severity"] == "fault"}
    query = 'count_over_time(ALERTS{alertname="DnsgapFault",alertstate="firing"}[5m])'
    lab.await_true(lambda: {dict(labels)["code"] for labels in ask(query)} == faults, 5)
    fired = {dict(labels)["code"] for labels in ask(query)}
    t.ok(faults and fired == faults, f"the alert fired for {', '.join(sorted(faults))}", [fired])


def watch(t, build, folder, files, reports):
    path = os.path.join(files, "dnsgap.prom")
    with lab.Live(build, folder, "-i", "v0", "--timeout", "0.5", "--every", "2s", "--reports",
                  reports, "--metrics", path) as live:
        capture = os.path.join(folder, "mixture.pcap")
        mixture.make(capture, SECONDS)
        lab.replay("v1", capture, options=())
        t.ok(lab.await_true(lambda: len(lab.reports(reports)) >= REPORTS, 15),
             f"{REPORTS} reports while it runs", live.notes())
        mode = os.stat(path).st_mode
        t.ok(mode & 0o444 == 0o444, "everyone may read the metrics", [oct(mode)])
        t.ok(os.listdir(files) == ["dnsgap.prom"], "nothing else lies beside them",
             os.listdir(files))
        t.ok(number('dnsgap_interface_up{interface="v0"}') == 1, "the interface is up",
             [ask("dnsgap_interface_up")])
        status = live.end(signal.SIGINT)
        t.ok(status == 0, "it ends in order", live.notes())
    kept = [lab.load_report(os.path.join(reports, name)) for name in lab.reports(reports)]
    compare(t, kept, "in the end")
    t.ok(number("dnsgap_open_transactions") == 0, "nothing waits any more",
         [number("dnsgap_open_transactions")])
    check_alerts(t, kept)


def main():
    build = lab.enter(__doc__, ("tcpreplay", "prometheus", "prometheus-node-exporter")).build
    t = tap.Tap()
    lab.veth("v0", "v1")
    with lab.folder() as folder:
        files, reports = os.path.join(folder, "files"), os.path.join(folder, "reports")
        for path in (files, reports):
            os.mkdir(path)
            os.chmod(path, 0o777)
        exporter, prometheus = start(folder, files)
        with exporter, prometheus:
            ready = lab.await_true(lambda: number('up{job="node"}') == 1, 30)
            t.ok(ready, "Prometheus scrapes the node exporter",
                 [*exporter.notes(), *prometheus.notes()])
            if ready:
                watch(t, build, folder, files, reports)
                t.ok(number("max(resets(dnsgap_frames_total[5m]))") == 0,
                     "no counter ever went down", [ask("resets(dnsgap_frames_total[5m])")])
                t.ok(number("max_over_time(node_textfile_scrape_error[5m])") == 0,
                     "the node exporter never met half a file", exporter.notes())
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
