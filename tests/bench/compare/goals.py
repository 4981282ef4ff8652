# SPDX-License-Identifier: ISC
"""The goals of speed, each a ratio of two figures of the same run.

A goal is a name, a figure, and the least or the most that it may be.  What a
run did not measure has no goal: ./run bench --quick leaves most of them out.
"""

OURS, NULL, NULL_RSA = "countersign", "nullmilter", "nullmilter+rsa"
KIB, MIB = 1024, 1 << 20


def goal(name, value, **limit):
    (kind, number), = limit.items()
    return {"name": name, "value": round(value, 3), kind: number,
            "reached": value <= number if kind == "most" else value >= number}


class Run:
    """The figures of a run, by what they are of."""

    def __init__(self, found):
        self.limits, self.found = found["limits"], found
        self.workloads = {
            (work["body_octets"], work["algorithm"], work["connections"]):
            work["results"] for work in found["workloads"]}

    def floor_ms(self, results, octets):
        """What a message costs that is read, hashed and signed only."""
        return (results[NULL]["cpu_ms"] + self.limits["rsa2048_sign_ms"] +
                octets / self.limits["sha256_mb_s"] / 1000)

    def cpu(self, name, octets, connections, most):
        results = self.workloads.get((octets, "rsa2048", connections))
        if results:
            yield goal(f"{name}: CPU time, to that of nullmilter, one "
                       "signature and SHA-256",
                       results[OURS]["cpu_ms"] /
                       self.floor_ms(results, octets), most=most)

    def rate(self, name, workload, peer, least):
        results = self.workloads.get(workload)
        if results and peer in results:
            yield goal(f"{name}: messages/s, to {peer}",
                       results[OURS]["rate"] / results[peer]["rate"],
                       least=least)

    def many(self, connections):
        """More connections than 8."""
        few = self.workloads.get((2 * KIB, "rsa2048", 8))
        many = self.workloads.get((2 * KIB, "rsa2048", connections))
        if not few or not many:
            return
        name = f"2 KiB, {connections} connections"

        def ratio(milter):
            return many[milter]["rate"] / few[milter]["rate"]

        yield goal(f"{name}: messages/s, to 8 connections, by the same of "
                   f"{NULL}", ratio(OURS) / ratio(NULL), least=0.95)
        yield goal(f"{name}: p99, to connections / rate",
                   many[OURS]["p99_ms"] /
                   (connections / many[OURS]["rate"] * 1000), most=2)

    def postfix(self):
        results = self.found.get("postfix", {}).get("results")
        if not results:
            return
        for peer, least in ("rspamd", 1.10), ("no milter", 0.72), \
                (NULL_RSA, 0.93):
            yield goal(f"through Postfix: messages/s, to {peer}",
                       results[OURS]["rate"] / results[peer]["rate"],
                       least=least)

    def memory(self):
        ours = [(key[2], results[OURS])
                for key, results in self.workloads.items()]
        if ours:
            yield goal("memory, idle: MiB", min(
                result["idle_kib"] for _, result in ours) / 1024, most=13)
            yield goal("memory, at load: KiB a connection, the most of all "
                       "workloads", max(
                           (result["most_kib"] - result["idle_kib"]) /
                           connections for connections, result in ours),
                       most=160)

    def library(self):
        library = self.found.get("library")
        if library:
            yield goal("library: a 2 KiB message, to one signature",
                       library["rsa2048_to_sign"], most=1.02)
        for text, least in ("base64", 0.90), ("html", 0.80):
            for canon in "simple", "relaxed":
                share = self.found.get("body", {}).get(f"{text}, {canon}")
                if share:
                    yield goal(f"library: 10 MiB of {text}, {canon}, SHA-256 "
                               "alone to it", share, least=least)


def reached(found):
    run = Run(found)
    goals = [
        *run.cpu("2 KiB, 8 connections", 2 * KIB, 8, 1.10),
        *run.rate("2 KiB, 8 connections", (2 * KIB, "rsa2048", 8), "rspamd",
                  1.8),
        *run.cpu("10 MiB, 4 connections", 10 * MIB, 4, 1.15),
        *run.rate("10 MiB, 4 connections", (10 * MIB, "rsa2048", 4),
                  "OpenDKIM", 6),
        *run.rate("2 KiB, Ed25519, 8 connections", (2 * KIB, "ed25519", 8),
                  "rspamd", 2.6)]
    for connections in 32, 100, 250:
        goals += run.many(connections)
    return [*goals, *run.postfix(), *run.memory(), *run.library()]
