# SPDX-License-Identifier: ISC
"""Results of the comparison as tables, in text or in Markdown."""

OURS, NONE = "countersign", "no milter"
LEFT = 2        # columns of names


def workloads(found):
    """Mail from the load tool: a table, its head first."""
    yield ("workload", "milter", "msg/s", "ours is x", "CPU ms", "p50 ms",
           "p99 ms", "idle MiB", "most MiB")
    for workload in found["workloads"]:
        results = workload["results"]
        for name, result in results.items():
            yield (workload["name"], name, f"{result['rate']:,.0f}",
                   f"{results[OURS]['rate'] / result['rate']:.2f}",
                   f"{result['cpu_ms']:.3f}", f"{result['p50_ms']:.2f}",
                   f"{result['p99_ms']:.2f}",
                   f"{result['idle_kib'] / 1024:.1f}",
                   f"{result['most_kib'] / 1024:.1f}")


def postfix(found):
    """Mail accepted and delivered by Postfix."""
    yield ("workload", "milter", "msg/s", "from", "to", "no milter is x",
           "milter ms", "Postfix ms", "client, sink ms")
    results = found["postfix"]["results"]
    for name, result in results.items():
        low, high = result["rate_spread"]
        yield (found["postfix"]["name"], name, f"{result['rate']:,.0f}",
               f"{low:,.0f}", f"{high:,.0f}",
               f"{results[NONE]['rate'] / result['rate']:.2f}",
               f"{result['milter_cpu_ms']:.3f}",
               f"{result['postfix_cpu_ms']:.3f}",
               f"{result['load_cpu_ms']:.3f}")


def goals(found):
    yield ("goal", "", "is", "goal")
    for goal in found["goals"]:
        kind = "most" if "most" in goal else "least"
        yield (goal["name"], "reached" if goal["reached"] else "MISSED",
               f"{goal['value']:.2f}", f"at {kind} {goal[kind]:.2f}")


def tables(found):
    """Those that the run has figures for."""
    if found["workloads"]:
        yield "workloads", list(workloads(found))
    if "postfix" in found:
        yield "postfix", list(postfix(found))
    if found["goals"]:
        yield "goals", list(goals(found))


def heading(found):
    machine, limits = found["machine"], found["limits"]
    return (f"{machine['cpu']}, {machine['cpus']} CPUs, "
            f"{', '.join(machine['flags'])}; {machine['openssl']}; "
            f"RSA-2048 {limits['rsa2048_sign_ms']:.3f} ms, SHA-256 "
            f"{limits['sha256_mb_s']:.0f} MB/s on one CPU")


def table_as_text(table):
    widths = [max(len(row[i]) for row in table)
              for i in range(len(table[0]))]
    last = None
    for row in table:
        cells = [cell.ljust(width) if i < LEFT else cell.rjust(width)
                 for i, (cell, width) in enumerate(zip(row, widths))]
        if row[0] == last:
            cells[0] = " " * widths[0]
        elif last is not None and row[1] == OURS:
            yield ""
        last = row[0]
        yield "  ".join(cells).rstrip()


def text(found):
    lines = [heading(found)]
    for _, table in tables(found):
        lines += ["", *table_as_text(table)]
    return "\n".join(lines)


def table_as_markdown(table):
    yield "| " + " | ".join(table[0]) + " |"
    yield "|" + " --- |" * LEFT + " --: |" * (len(table[0]) - LEFT)
    for row in table[1:]:
        yield "| " + " | ".join(row) + " |"


def markdown(found):
    lines = [heading(found)]
    for _, table in tables(found):
        lines += ["", *table_as_markdown(table)]
    return "\n".join(lines)
