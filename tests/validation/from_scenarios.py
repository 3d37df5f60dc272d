#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Oracles 1 to 5 from scenario files alone: each set of a table becomes a TOML file with the keys of
docs/scenarios.md, doorbell runs it, and the statistics of the result are compared with the table.

usage: from_scenarios.py DOORBELL TABLE.json PACKETS [ID[/SET]...]"""
import json
import math
import os
import struct
import subprocess
import sys
import tempfile

FLOORS = {"p50": 0.01, "p99": 0.01}
# Theory's host takes no time, but its work is counted: a host of a thousandth of the costs.
SMALLER = 1000


def ps(us):
    return f'"{round(us * 1e6)}ps"'


class Runner:
    def __init__(self, doorbell, folder, packets):
        self.doorbell, self.folder, self.packets, self.files = doorbell, folder, packets, 0

    def run(self, ideal, device, traffic, rate=None, window=None):
        """One point; times in us, rates in packets/us."""
        span = window or self.packets / rate
        ideal = dict(ideal)
        scheme = ideal.pop("scheme")
        keys = "".join(f"{k} = {v}\n" for k, v in ideal.items())
        source = f'arrival = "poisson"\nrate = "{round(rate * 1e6)}pps"\n' if traffic is None \
            else traffic
        text = (f"format = 1\nseed = 1\n"
                f"run = {{ warmup = {ps(0 if window else span / 20)}, measure = {ps(span)} }}\n"
                f"[cpu]\ncores = 1\n[host]\nsoftware = \"ideal\"\n"
                f"[ideal]\nscheme = \"{scheme}\"\n{keys}[pcie]\nideal = true\n"
                f"[device.eth0]\nmodel = \"82599\"\nqueues = 1\n{device}"
                f"[[traffic]]\nto = \"eth0\"\nsink = \"drop\"\nflows = 1\n{source}")
        self.files += 1
        path = os.path.join(self.folder, f"case{self.files}.toml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        done = subprocess.run([self.doorbell, "run", path, "--json", "--out",
                               os.path.join(self.folder, f"out{self.files}")],
                              capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(f"exit code {done.returncode} for\n{text}\n{done.stderr}")
        return json.loads(done.stdout)["points"][0]["stats"], span


def coalescing(run, p, device, moments):
    """1a to 1c: shares of time from a host of small costs, delays from one without."""
    small = {"scheme": "interrupt-drain", "interrupt": ps(p["ci"] / SMALLER),
             "packet": ps(p["cp"] / SMALLER)}
    stats, span = run.run(small, device, None, p["lam"])
    busy = stats["cpu.busy"] * SMALLER
    out = {"util": busy, "cpu_per_pkt": busy / (stats["eth0.rx.delivered"] / span)}
    none = {"scheme": "interrupt-drain", "interrupt": ps(0), "packet": ps(0)}
    stats, _ = run.run(none, device, None, p["lam"])
    delay = stats["eth0.rx.moderation_ns"]
    out.update(batch=stats["eth0.rx.frames_per_irq"], irq_rate=stats["eth0.irq.rate"] / 1e6,
               mean_delay=delay["mean"] / 1e3, p50=delay["p50"] / 1e3, p99=delay["p99"] / 1e3)
    if moments:
        out[moments] = stats["eth0.irq.timeouts"] / stats["eth0.irq.count"]
    return out


def moderation(**keys):
    inside = ", ".join(f"{k.replace('_', '-')} = {v}" for k, v in keys.items())
    return f'itr = "off"\nring = 1024\nmoderation = {{ {inside} }}\n'


def oracle_1a(run, p):
    return coalescing(run, p, moderation(kind='"count-timeout"', count=p["k"],
                                         timeout=ps(p["tau"])), "frac_timer")


def oracle_1b(run, p):
    return coalescing(run, p, moderation(kind='"packet-timer"', gap=ps(p["r"]),
                                         timeout=ps(p["A"])), "frac_abs")


def oracle_1c(run, p):
    out = coalescing(run, p, moderation(kind='"itr"', gap=ps(p["T"])), None)
    # Not a statistic: how many interrupts found the gap already over follows from the batches.
    out["frac_immediate"] = None
    return out


def served(run, p, scheme, device, **ideal):
    keys = {"scheme": scheme, "packet": ps(p["s"]), "budget": 65536}
    keys.update(ideal)
    stats, _ = run.run(keys, device, None, p["lam"])
    return {"irq_rate": stats["eth0.irq.rate"] / 1e6,
            "mean_latency": stats["eth0.rx.latency_ns"]["mean"] / 1e3,
            "pkts_per_irq": stats["eth0.rx.frames_per_irq"], "util": stats["cpu.busy"]}, stats


def oracle_1d(run, p):
    return served(run, p, "napi", f'ring = 1024\nitr = {ps(p["T"])}\n', interrupt=ps(p["ci"]))[0]


def overload(run, p, rate, scheme):
    keys = {"scheme": scheme, "interrupt": ps(p["ci"]), "packet": ps(p["cp"]),
            "application": ps(p["cu"])}
    stats, span = run.run(keys, 'ring = 1024\nitr = "off"\n', None, rate)
    return stats["eth0.rx.delivered"] / span, stats, span


def oracle_2a(run, p):
    scheme = "interrupt-drain" if p["mode"] == "drain" else "interrupt"
    delivered, stats, span = overload(run, p, p["lam"], scheme)
    application = stats["cpu.time_ns.app"] / 1e3 / span
    # The peak by coarse and fine steps of load; the collapse where the line through
    # a twentieth and a fiftieth of it meets zero.
    def best(runner, loads):
        return max((overload(runner, p, load, scheme)[0], load) for load in loads)

    few = Runner(run.doorbell, run.folder, run.packets / 20)
    peak = best(few, (0.5 * 1.08 ** i / (p["ci"] + p["cp"] + p["cu"]) for i in range(20)))
    peak = best(run, (peak[1] * 1.01 ** i for i in range(-8, 9)))

    def falls_below(share):
        low, high = peak[1], 16 * peak[1]
        while high / low > 1.002:
            middle = (low * high) ** 0.5
            if overload(run, p, middle, scheme)[0] < share:
                high = middle
            else:
                low = middle
        return low

    much, little = falls_below(peak[0] / 20), falls_below(peak[0] / 50)
    return {"delivered": delivered, "hp_util": stats["cpu.busy"] - application,
            "peak_load": peak[1], "collapse_load": little + (little - much) * 2 / 3}


def oracle_2b(run, p):
    keys = {"scheme": "napi", "interrupt": ps(p["ci"]), "packet": ps(p["cp"] + p["cu"]),
            "poll": ps(p["co"]), "budget": p["b"]}
    device = 'ring = 1024\nitr = "off"\n'
    stats, span = run.run(keys, device, None, p["lam"])
    full, full_span = run.run(keys, device, None, 1.0)
    capacity = full["eth0.rx.delivered"] / full_span
    return {"delivered": stats["eth0.rx.delivered"] / span, "capacity": capacity,
            "ratio_vs_interrupt": capacity * (p["ci"] + p["cp"] + p["cu"])}


def oracle_3a(run, p):
    return served(run, p, "napi", 'ring = 1024\nitr = "off"\n', interrupt=ps(p["ci"]),
                  poll=ps(p["co"]))[0]


def oracle_3b(run, p):
    out, stats = served(run, p, "napi", 'ring = 1024\nitr = "off"\n', interrupt=ps(p["ci"]),
                        poll=ps(p["co"]), budget=p["b"])
    out["pkts_per_poll"] = stats["eth0.rx.frames_per_poll"]
    out["polls_per_irq"] = out["pkts_per_irq"] / out["pkts_per_poll"]
    return out


def oracle_4a(run, p):
    return served(run, p, "interrupt-drain",
                  moderation(kind='"watermark"', high=p["H"], low=p["L"]),
                  interrupt=ps(p["ci"]))[0]


def oracle_4b(run, p):
    return served(run, p, "interrupt-drain",
                  moderation(kind='"watermark"', high=p["H"], low=0, timeout=ps(p["tau"])),
                  interrupt=ps(p["ci"]))[0]


def ring(run, p, keys, traffic=None, rate=None):
    rate = rate or p["lam"]
    keys = dict({"packet": ps(p["s"]), "budget": 65536}, **keys)
    stats, span = run.run(keys, f'ring = {p["N"]}\nitr = "off"\n', traffic, rate)
    return {"loss": stats["eth0.rx.dropped.ring"] / stats["eth0.rx.offered"],
            "throughput": stats["eth0.rx.delivered"] / span,
            "irq_rate": stats["eth0.irq.rate"] / 1e6,
            "offered": stats["eth0.rx.offered"] / span}


def oracle_5a(run, p):
    return ring(run, p, {"scheme": "napi", "interrupt": ps(0)})


def oracle_5b(run, p):
    return ring(run, p, {"scheme": "napi", "interrupt": ps(p["V"])})


def oracle_5c(run, p):
    return ring(run, p, {"scheme": "timer", "poll_interval": ps(p["V"])})


def oracle_5d(run, p):
    rate = p["lon"] * p["Ton"] / (p["Ton"] + p["Toff"])
    traffic = (f'arrival = "on-off"\nrate = "{round(rate * 1e6)}pps"\non = {ps(p["Ton"])}\n'
               f'off = {ps(p["Toff"])}\n')
    return ring(run, p, {"scheme": "napi", "interrupt": ps(p["V"])}, traffic, rate)


def oracle_5e(run, p):
    path = os.path.join(run.folder, "burst.pcap")
    frame = b"\2" + bytes(11) + b"\10\0" + bytes(46)
    with open(path, "wb") as file:
        # Nanosecond capture; times are ten times as long, and so is the speed.
        file.write(struct.pack("=IHHiIII", 0xa1b23c4d, 2, 4, 0, 0, 65535, 1))
        for i in range(p["B"]):
            file.write(struct.pack("=IIII", 0, round(i * p["g"] * 1e4), len(frame), len(frame)))
            file.write(frame)
    traffic = 'arrival = "pcap"\nspeed = 10.0\npcap = "burst.pcap"\n'
    keys = {"scheme": "napi", "interrupt": ps(p["v"]), "packet": ps(p["s"]), "budget": 65536}
    stats, _ = run.run(keys, f'ring = {p["N"]}\nitr = "off"\n', traffic, window=1000)
    return {"drops": stats["eth0.rx.dropped.ring"], "drops_fluid": None}


def tolerance(metric, row, packets):
    scale = math.sqrt(max(1, 1e6 / packets))
    if "tol_abs" in row:
        return row["tol_abs"] * scale
    if row["tol_rel"] <= 1e-4:
        return row["tol_rel"] * abs(row["value"])
    wide = max(min(row["tol_rel"], FLOORS.get(metric, 0.005)), row["tol_rel"] * scale)
    return wide * abs(row["value"])


def main():
    doorbell, table, packets, wanted = sys.argv[1], sys.argv[2], float(sys.argv[3]), sys.argv[4:]
    with open(table, encoding="utf-8") as file:
        rows = json.load(file)["oracles"]
    bad = 0
    with tempfile.TemporaryDirectory() as folder:
        for row in rows:
            name = f'{row["id"]}/{row["set"]}'
            function = globals().get("oracle_" + row["id"])
            if not function or wanted and row["id"] not in wanted and name not in wanted:
                continue
            got = function(Runner(doorbell, folder, packets), row["params"])
            for metric, expected in row["expected"].items():
                if got[metric] is None or "note" in expected:
                    continue
                error = abs(got[metric] - expected["value"])
                wrong = error > tolerance(metric, expected, packets)
                bad += wrong
                print(f'{name:6} {metric:18} {expected["value"]:12.6g} {got[metric]:12.6g} '
                      f'{error:10.3g}  {"FAILED" if wrong else "ok"}', flush=True)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
