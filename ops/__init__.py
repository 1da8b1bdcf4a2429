"""Setting up, training and running Baton on one machine: what `make` calls.

`environment`, `console` and `places` run on the machine's own Python, before anything is installed.
"""

import sys

if sys.version_info[:2] != (3, 11):  # in words that even Python 2 reads, before newer ones are met
    sys.exit(
        "Baton needs Python 3.11 (Rasa runs on nothing newer), but "
        + sys.executable
        + " is Python "
        + sys.version.split()[0]
        + ". Name another one: make PYTHON=/path/to/python3.11 ..."
    )
