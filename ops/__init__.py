"""Setting up, training and running Baton on one machine: what `make` calls.

`environment`, `console` and `places` run on the machine's own Python, before anything is installed.
"""

import sys

if sys.version_info[:2] != (3, 11):  # said first, before newer syntax is met in a module
    have = f"{sys.version_info[0]}.{sys.version_info[1]}"
    sys.exit(
        f"Baton needs Python 3.11 (Rasa runs on nothing newer), but {sys.executable} is {have}. "
        "Name another one: make PYTHON=/path/to/python3.11 …"
    )
