# SPDX-License-Identifier: ISC
"""Results of the comparison as text and as Markdown."""

OURS = "countersign"


def rows(found):
    for workload in found["workloads"]:
        results = workload["results"]
        for name, result in results.items():
            yield (workload["name"], name, f"{result['rate']:,.0f}",
                   f"{results[OURS]['rate'] / result['rate']:.2f}",
                   f"{result['cpu_ms']:.3f}", f"{result['p50_ms']:.2f}",
                   f"{result['p99_ms']:.2f}",
                   f"{result['idle_kib'] / 1024:.1f}",
                   f"{result['most_kib'] / 1024:.1f}")


HEAD = ("workload", "milter", "msg/s", "ours is x", "CPU ms", "p50 ms",
        "p99 ms", "idle MiB", "most MiB")


def heading(found):
    machine, limits = found["machine"], found["limits"]
    return (f"{machine['cpu']}, {machine['cpus']} CPUs, "
            f"{', '.join(machine['flags'])}; {machine['openssl']}; "
            f"RSA-2048 {limits['rsa2048_sign_ms']:.3f} ms, SHA-256 "
            f"{limits['sha256_mb_s']:.0f} MB/s on one CPU")


def text(found):
    table = [HEAD, *rows(found)]
    widths = [max(len(row[i]) for row in table) for i in range(len(HEAD))]
    lines = [heading(found), ""]
    last = None
    for row in table:
        cells = [row[i].ljust(widths[i]) if i < 2 else row[i].rjust(widths[i])
                 for i in range(len(row))]
        if row[0] == last:
            cells[0] = " " * widths[0]
        elif last is not None:
            lines.append("")
        last = row[0]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def markdown(found):
    lines = [heading(found), "", "| " + " | ".join(HEAD) + " |",
             "| --- | --- |" + " --: |" * (len(HEAD) - 2)]
    lines += ["| " + " | ".join(row) + " |" for row in rows(found)]
    return "\n".join(lines)
