//! What GR09 finds and does, example by example: each sentence of its contract, and each way
//! in which a fix could go wrong.

use crate::golden::rule::Example;

/// One file, its violations, and what becomes of it.
macro_rules! fixes {
    ($before:expr, $found:expr, $after:expr) => {
        Example::new(&[("shop/users.py", $before)], $found).fixed($after)
    };
}

/// A module that has a logger, with a body that is indented.
macro_rules! body {
    ($body:expr) => {
        concat!(
            "import logging\n\nlog = logging.getLogger(__name__)\n\n\ndef load(a, b):\n",
            $body
        )
    };
}

const AT: (&str, u32, u32) = ("shop/users.py", 7, 5);

pub(super) const EXAMPLES: &[Example] = &[
    fixes!(
        "import os\n\n\ndef load(name):\n    print(\"loading\", name)\n    return os.path.join(name)\n",
        &[("shop/users.py", 5, 5)],
        "import os\nimport logging\n\nlogger = logging.getLogger(__name__)\n\n\ndef load(name):\n    logger.info(\"%s %s\", \"loading\", name)\n    return os.path.join(name)\n"
    ),
    // Only the builtin; not in command lines, user interfaces, tests, documentation,
    // scripts, and the main block.
    Example::new(
        &[
            ("shop/cli.py", "print(1)\n"),
            ("shop/ui/view.py", "print(1)\n"),
            ("shop/load.py", "import argparse\n\nprint(1, argparse)\n"),
            ("tests/test_a.py", "print(1)\n"),
            ("docs/conf.py", "print(1)\n"),
            ("scripts/a.py", "print(1)\n"),
            (
                "shop/a.py",
                "def print(x):\n    pass\n\n\nprint(1)\nif __name__ == \"__main__\":\n    print(2)\n",
            ),
            (
                "shop/b.py",
                "import pprint\nfrom rich import print\n\n\ndef load(self, log):\n    print(1)\n    pprint.pprint(1)\n    self.print(1)\n    log('print(1)')\n    # print(1)\n    return print\n",
            ),
            ("shop/c.py", "def load(print, file):\n    print(1)\n"),
            (
                "shop/f.py",
                "import io\n\n\ndef load(file):\n    print(1, file=file)\n    print(1, file=io.StringIO())\n    print(  # noqa: T201\n        1\n    )\n    print(1)  # noqa\n",
            ),
            ("shop/d.py", "def load():\n    return print\n"),
            // What is there to print, by a word of its name, its docstring, its flag, or
            // because it asks.
            (
                "shop/g.py",
                "def print_report(rows):\n    print(rows)\n\n\nclass Rows:\n    def dump(self):\n        print(self)\n\n    def load(self, print_it):\n        if print_it:\n            print(self)\n\n\nclass ShopConsole:\n    def load(self):\n        print(self)\n\n\ndef ogrinfo(source):\n    \"\"\"\n    Walk the layers, displaying what is in them.\n    \"\"\"\n    print(source)\n\n\ndef sure(action):\n    print(action)\n    return input('Proceed? ')\n",
            ),
            ("parser/test-examples/a.py", "print(1)\n"),
            (
                "shop/h.py",
                "def load():\n    print(1)\n\n\ndef twice():\n    \"\"\"Load.\n\n    >>> load()\n    1\n    \"\"\"\n    load()\n\n\nif __name__ == '__main__' and twice:\n    print(2)\n",
            ),
            (
                "shop/e.py",
                "def load():\n    \"\"\"Load.\n\n    >>> load()\n    1\n    \"\"\"\n    print(1)\n\n\nclass Cart:\n    \"\"\"A cart.\n\n    >>> Cart().show()\n    1\n    \"\"\"\n\n    def show(self):\n        print(1)\n",
            ),
        ],
        &[],
    ),
    // What a command is for: its `main`, its class, a report, a branch by a flag.
    Example::new(
        &[
            (
                "shop/a.py",
                "def main():\n    print(1)\n\n\nif __name__ == '__main__':\n    main()\n",
            ),
            (
                "shop/b.py",
                "from django.core.management.base import BaseCommand\n\n\nclass Load(BaseCommand):\n    def handle(self):\n        print(1)\n",
            ),
            (
                "shop/c.py",
                "def survey(pools):\n    \"\"\"Compare pools.\"\"\"\n    for pool in pools:\n        print('pool')\n        print(pool)\n        if pool:\n            print(len(pool))\n    return pools\n",
            ),
            (
                "shop/d.py",
                "def load(quiet, show_jid):\n    if quiet:\n        pass\n    elif show_jid:\n        print(1)\n",
            ),
        ],
        &[],
    ),
    // Nor is everything one.
    Example::new(
        &[
            (
                "shop/c.py",
                "def load(pools):\n    print(1)\n    a = pools.load()\n    print(2)\n    b = a.load()\n    print(3)\n    c = b.load()\n    return c.load()\n",
            ),
            (
                "shop/d.py",
                "def load(quiet, show_jid):\n    if show_jid:\n        pass\n    elif quiet:\n        print(1)\n\n\ndef main():\n    print(2)\n",
            ),
        ],
        &[
            ("shop/c.py", 2, 5),
            ("shop/c.py", 4, 5),
            ("shop/c.py", 6, 5),
            ("shop/d.py", 5, 9),
            ("shop/d.py", 9, 5),
        ],
    ),
    // The main block alone may print, not the file; nor does a part of a name excuse.
    Example::new(
        &[
            (
                "shop/a.py",
                "def load():\n    print(1)\n\n\nif __name__ == '__main__':\n    print(2)\n    load()\n",
            ),
            (
                "shop/blueprint.py",
                "def blueprint(verbose, reprinted):\n    \"\"\"Load.\n\n    Prints nothing.\n    \"\"\"\n    if reprinted:\n        print(1)\n    if verbose:\n        print(2)\n\n\ndef outer(display):\n    if display:\n        pass\n    else:\n        print(3)\n",
            ),
            ("shop/latest.py", "print(1)\n"),
            ("shop/client.py", "print(1)\n"),
            ("contest/webapp.py", "import builtins\n\nbuiltins.print(1)\n"),
            (
                "shop/carts.py",
                "class Cart:\n    \"\"\"A cart.\n\n    >>> Cart()\n    \"\"\"\n\n    def load(self):\n        print(1)\n",
            ),
        ],
        &[
            ("shop/a.py", 2, 5),
            ("shop/blueprint.py", 7, 9),
            ("shop/blueprint.py", 9, 9),
            ("shop/blueprint.py", 16, 9),
            ("shop/latest.py", 1, 1),
            ("shop/client.py", 1, 1),
            ("contest/webapp.py", 3, 1),
            ("shop/carts.py", 8, 9),
        ],
    ),
    // The message: one string stays, with `%` too; one value, several, and `sep`.
    fixes!(
        body!("    print('100%')\n"),
        &[AT],
        body!("    log.info('100%')\n")
    ),
    fixes!(
        body!("    print(f'{a}%', )\n"),
        &[AT],
        body!("    log.info(f'{a}%', )\n")
    ),
    fixes!(
        body!("    print('a' 'b')\n"),
        &[AT],
        body!("    log.info('a' 'b')\n")
    ),
    fixes!(
        body!("    print(a)\n"),
        &[AT],
        body!("    log.info(\"%s\", a)\n")
    ),
    fixes!(
        body!("    print('a: %s' % a)\n"),
        &[AT],
        body!("    log.info(\"%s\", 'a: %s' % a)\n")
    ),
    fixes!(
        body!("    print('100%', a, b)  # here\n"),
        &[AT],
        body!("    log.info(\"%s %s %s\", '100%', a, b)  # here\n")
    ),
    fixes!(
        body!("    print(a, b, sep=', ')\n"),
        &[AT],
        body!("    log.info(\"%s, %s\", a, b)\n")
    ),
    fixes!(
        body!("    print(a, b, sep='%\\n\"\\\\é')\n"),
        &[AT],
        body!("    log.info(\"%s%%\\n\\\"\\\\\\U000000e9%s\", a, b)\n")
    ),
    fixes!(
        body!("    print(a, b, sep=None)\n"),
        &[AT],
        body!("    log.info(\"%s %s\", a, b)\n")
    ),
    fixes!(
        body!("    print(\n        (a),  # first\n        b,\n    )\n"),
        &[AT],
        body!("    log.info(\"%s %s\", \n        (a),  # first\n        b,\n    )\n")
    ),
    fixes!(
        body!("    print((a := b), [a for a in b])\n"),
        &[AT],
        body!("    log.info(\"%s %s\", (a := b), [a for a in b])\n")
    ),
    // Left for a person: the value is used, `end`, `file`, `flush`, `*args`, `**`, a `sep`
    // that is not written out.
    fixes!(
        body!("    import sys\n    c = print(a)\n    print(a, end='')\n    print(a, file=sys.stderr)\n    print(a, flush=True)\n    print(*a)\n    print(**a)\n    print(a, sep=b)\n    print(c for c in a)\n    return lambda: print(a)\n"),
        &[
            ("shop/users.py", 8, 9),
            ("shop/users.py", 9, 5),
            ("shop/users.py", 10, 5),
            ("shop/users.py", 11, 5),
            ("shop/users.py", 12, 5),
            ("shop/users.py", 13, 5),
            ("shop/users.py", 14, 5),
            ("shop/users.py", 15, 5),
            ("shop/users.py", 16, 20),
        ],
        body!("    import sys\n    c = print(a)\n    print(a, end='')\n    print(a, file=sys.stderr)\n    print(a, flush=True)\n    print(*a)\n    print(**a)\n    print(a, sep=b)\n    print(c for c in a)\n    return lambda: print(a)\n")
    ),
    // `print()` goes where its block stays non-empty.
    fixes!(
        body!("    print()\n    a()\n    print()\n    if b:\n        print()\n    else:\n        print()\n        print()\n"),
        &[
            ("shop/users.py", 7, 5),
            ("shop/users.py", 9, 5),
            ("shop/users.py", 11, 9),
            ("shop/users.py", 13, 9),
            ("shop/users.py", 14, 9),
        ],
        body!("    a()\n    if b:\n        print()\n    else:\n        print()\n        print()\n")
    ),
    fixes!(
        body!("    a(); print()\n    print()  # why\n    return a\n"),
        &[("shop/users.py", 7, 10), ("shop/users.py", 8, 5)],
        body!("    a(); print()\n    print()  # why\n    return a\n")
    ),
    // Nor does it go where the line above goes on, or a string below would be a docstring.
    fixes!(
        body!("    a(); \\\n    print()\n    b()\n    if b: a(); \\\n    print()\n    b()\n"),
        &[("shop/users.py", 8, 5), ("shop/users.py", 11, 5)],
        body!("    a(); \\\n    print()\n    b()\n    if b: a(); \\\n    print()\n    b()\n")
    ),
    fixes!(
        body!("    print()\n    'no docstring'\n    a()\n"),
        &[AT],
        body!("    print()\n    'no docstring'\n    a()\n")
    ),
    // Another level, and the standard error.
    fixes!(
        "import logging\nimport sys\n\nlog = logging.getLogger(__name__)\n\n\ndef load(a):\n    print(a)\n    print('lost', a, file=sys.stderr, sep='-')\n    print(a, file=a)\n",
        &[("shop/users.py", 8, 5), ("shop/users.py", 9, 5)],
        "import logging\nimport sys\n\nlog = logging.getLogger(__name__)\n\n\ndef load(a):\n    log.debug(\"%s\", a)\n    log.warning(\"%s-%s\", 'lost', a)\n    print(a, file=a)\n"
    )
    .with("method = \"debug\"\nstderr = \"warning\""),
    // The module's own logger, under whatever name, rather than one for something else.
    fixes!(
        "from logging import getLogger as make\n\naudit = make('audit')\n_own: object = make(__name__)\n\n\ndef load():\n    print('x')\n",
        &[("shop/users.py", 8, 5)],
        "from logging import getLogger as make\n\naudit = make('audit')\n_own: object = make(__name__)\n\n\ndef load():\n    _own.info('x')\n"
    ),
    // Not that of another party.
    fixes!(
        "import logging\n\naudit = logging.getLogger('audit')\n\n\ndef load():\n    print('x')\n",
        &[("shop/users.py", 7, 5)],
        "import logging\n\nlogger = logging.getLogger(__name__)\n\naudit = logging.getLogger('audit')\n\n\ndef load():\n    logger.info('x')\n"
    ),
    // In a package the new names may hide a module: only `print()` goes by itself.
    Example::new(
        &[(
            "shop/__init__.py",
            "def load(a):\n    print('x')\n    print()\n    return a\n",
        )],
        &[("shop/__init__.py", 2, 5), ("shop/__init__.py", 3, 5)],
    )
    .fixed("def load(a):\n    print('x')\n    return a\n"),
    // What serves the logging does not log.
    fixes!(
        "import logging\n\nlogger = logging.getLogger(__name__)\n\n\nclass Base(logging.StreamHandler):\n    pass\n\n\nclass Mine(Base):\n    def emit(self, record):\n        print(record)\n",
        &[("shop/users.py", 12, 9)],
        "import logging\n\nlogger = logging.getLogger(__name__)\n\n\nclass Base(logging.StreamHandler):\n    pass\n\n\nclass Mine(Base):\n    def emit(self, record):\n        print(record)\n"
    ),
    // A new one: after the docstring, `__future__`, the import block, and what imports in
    // `try` and `if`, but never in them or in parentheses.
    fixes!(
        "#!/usr/bin/env python\n\"\"\"Users.\"\"\"\n\nfrom __future__ import annotations\n\nfrom os import (\n    path,\n)\n\ntry:\n    import json\nexcept ImportError:\n    json = None\n\nif path:\n    import re\n\nVALUE = 1\n\n\ndef load():\n    print('x')\n",
        &[("shop/users.py", 22, 5)],
        "#!/usr/bin/env python\n\"\"\"Users.\"\"\"\n\nfrom __future__ import annotations\n\nfrom os import (\n    path,\n)\nimport logging\n\ntry:\n    import json\nexcept ImportError:\n    json = None\n\nif path:\n    import re\n\nlogger = logging.getLogger(__name__)\n\nVALUE = 1\n\n\ndef load():\n    logger.info('x')\n"
    ),
    // Imports below `__all__` stay above the logger.
    fixes!(
        "import logging\n\n__all__ = ['load']\n\nimport os\n\n\ndef load():\n    print('x')\n    return os\n",
        &[("shop/users.py", 9, 5)],
        "import logging\n\n__all__ = ['load']\n\nimport os\n\nlogger = logging.getLogger(__name__)\n\n\ndef load():\n    logger.info('x')\n    return os\n"
    ),
    // Only a docstring; nothing at all; a licence; a comment that belongs to the code.
    fixes!(
        "\"\"\"Users.\"\"\"\n\n\ndef load():\n    print('x')\n",
        &[("shop/users.py", 5, 5)],
        "\"\"\"Users.\"\"\"\nimport logging\n\nlogger = logging.getLogger(__name__)\n\n\ndef load():\n    logger.info('x')\n"
    ),
    fixes!(
        "def load():\n    print('x')\n",
        &[("shop/users.py", 2, 5)],
        "import logging\n\nlogger = logging.getLogger(__name__)\n\ndef load():\n    logger.info('x')\n"
    ),
    fixes!(
        "# A licence.\n\ndef load():\n    print('x')\n",
        &[("shop/users.py", 4, 5)],
        "# A licence.\nimport logging\n\nlogger = logging.getLogger(__name__)\n\n\ndef load():\n    logger.info('x')\n"
    ),
    fixes!(
        "# -*- coding: utf-8 -*-\n# Loads.\ndef load():\n    print('x')\n",
        &[("shop/users.py", 4, 5)],
        "# -*- coding: utf-8 -*-\nimport logging\n\nlogger = logging.getLogger(__name__)\n\n# Loads.\ndef load():\n    logger.info('x')\n"
    ),
    // Comments about the file stay above all code.
    fixes!(
        "# type: ignore\n# Loads.\ndef load():\n    print('x')\n",
        &[("shop/users.py", 4, 5)],
        "# type: ignore\nimport logging\n\nlogger = logging.getLogger(__name__)\n\n# Loads.\ndef load():\n    logger.info('x')\n"
    ),
    // Never in the way of another `logger` or `logging`: nothing is done.
    fixes!(
        "logger = None\n\n\ndef load():\n    print('x')\n",
        &[("shop/users.py", 5, 5)],
        "logger = None\n\n\ndef load():\n    print('x')\n"
    ),
    fixes!(
        "logging = None\n\n\ndef load():\n    print('x')\n",
        &[("shop/users.py", 5, 5)],
        "logging = None\n\n\ndef load():\n    print('x')\n"
    ),
    fixes!(
        "from os import *\n\n\ndef load():\n    print('x')\n",
        &[("shop/users.py", 5, 5)],
        "from os import *\n\n\ndef load():\n    print('x')\n"
    ),
    fixes!(
        "import logging\nfrom os import *\n\nlogger = logging.getLogger(__name__)\n\n\ndef load():\n    print('x')\n",
        &[("shop/users.py", 8, 5)],
        "import logging\nfrom os import *\n\nlogger = logging.getLogger(__name__)\n\n\ndef load():\n    print('x')\n"
    ),
    fixes!(
        "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    import logging\n\n\ndef load(log: 'logging.Logger'):\n    print('x')\n",
        &[("shop/users.py", 8, 5)],
        "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    import logging\n\n\ndef load(log: 'logging.Logger'):\n    print('x')\n"
    ),
    // A logger that may not be there, or is not there yet.
    fixes!(
        "import logging\nimport os\n\nif os.sep:\n    logger = logging.getLogger(__name__)\n\n\ndef load():\n    print('x')\n",
        &[("shop/users.py", 9, 5)],
        "import logging\nimport os\n\nif os.sep:\n    logger = logging.getLogger(__name__)\n\n\ndef load():\n    print('x')\n"
    ),
    fixes!(
        "import logging\n\nprint('x')\nlogger = logging.getLogger(__name__)\n",
        &[("shop/users.py", 3, 1)],
        "import logging\n\nprint('x')\nlogger = logging.getLogger(__name__)\n"
    ),
    // A parameter or a local of the name shadows it: only the other call is changed.
    fixes!(
        "def load(logger):\n    print('x')\n\n\ndef save():\n    print('y')\n",
        &[("shop/users.py", 2, 5), ("shop/users.py", 6, 5)],
        "import logging\n\nlogger = logging.getLogger(__name__)\n\ndef load(logger):\n    print('x')\n\n\ndef save():\n    logger.info('y')\n"
    ),
    // A factory: loggers come from it, and go around it nowhere but at home.
    Example::new(
        &[
            (
                "shop/users.py",
                "import os\n\n\ndef load():\n    print('x')\n    return os\n",
            ),
            (
                "shop/old.py",
                "import logging\n\nlogging.basicConfig()\nlogger = logging.getLogger(__name__)\n\nif __name__ == '__main__':\n    logging.basicConfig()\n",
            ),
            ("shop/__init__.py", ""),
            (
                "shop/log.py",
                "import logging\n\n\ndef get_logger(name):\n    return logging.getLogger(name)\n",
            ),
        ],
        &[
            ("shop/users.py", 5, 5),
            ("shop/old.py", 3, 1),
            ("shop/old.py", 4, 10),
        ],
    )
    .with("factory = \"shop.log.get_logger\"")
    .fixed("import os\nfrom shop.log import get_logger\n\nlogger = get_logger(__name__)\n\n\ndef load():\n    logger.info('x')\n    return os\n"),
];
