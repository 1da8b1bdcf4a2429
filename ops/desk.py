"""`python -m handoff …` with the settings of `make run`, for a desk that runs on this machine.

python -m ops.desk audit        check every promise on every conversation
python -m ops.desk review       how often agents found handoffs right
python -m ops.desk regret       what another threshold of lost patience would have meant
python -m ops.desk admin-link   print the first admin's one-time link
"""

from __future__ import annotations

import os
import sys

from handoff.settings import Settings, WrongSetting
from ops.dotenv import environment
from ops.places import PYTHON, ROOT, socket_folder
from ops.processes import process_environment


def main() -> None:
    env = environment()
    try:
        settings = Settings.from_env(env)
    except WrongSetting as error:
        sys.exit(f"{error}.")
    sockets = socket_folder(ROOT / settings.var_folder)
    url = settings.redis_url or f"unix://{sockets / 'redis.sock'}"
    os.chdir(ROOT)
    command = [str(PYTHON), "-m", "handoff", *sys.argv[1:]]
    os.execve(PYTHON, command, process_environment(env, settings, url))


if __name__ == "__main__":
    main()
