# SPDX-License-Identifier: ISC
"""Files of docs/ that are made from figures: written, or only compared."""


def read(path):
    """The text of a file; "" if there is none."""
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except FileNotFoundError:
        return ""


def settle(wanted, is_check, advice):
    """Write the files, a text for each path, that are not as they should be.
    With is_check, tell of each of them, with advice.  The exit status."""
    status = 0
    for path, text in wanted.items():
        if read(path) == text:
            continue
        if is_check:
            print(f"{path}: {advice}")
            status = 1
        else:
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
    return status
