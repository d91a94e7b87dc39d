//! What GR37 finds, example by example.

use crate::golden::rule::Example;

pub(super) const EXAMPLES: &[Example] = &[
    Example::new(
        &[(
            "shop/api.py",
            "import os\nfrom os import environ as env, getenv\n\nurl = os.environ['URL']\nurl = os.environ.get('URL', '')\nurl = getenv('URL')\nurl = env['URL']\nhas = 'URL' in env\nvalues = os.environ\nurl = values.get(url)\n",
        )],
        &[
            ("shop/api.py", 4, 7),
            ("shop/api.py", 5, 7),
            ("shop/api.py", 6, 7),
            ("shop/api.py", 7, 7),
            ("shop/api.py", 8, 7),
            ("shop/api.py", 10, 7),
        ],
    ),
    Example::new(
        &[(
            "shop/api.py",
            "import configparser\nfrom pathlib import Path\n\nfrom dotenv import load_dotenv\n\nopen('shop.ini')\nPath('conf/shop.toml').read_text()\n(Path.cwd() / 'settings.json').open()\nload_dotenv()\nparser = configparser.ConfigParser()\nparser.read('shop.cfg')\n",
        )],
        &[
            ("shop/api.py", 6, 1),
            ("shop/api.py", 7, 1),
            ("shop/api.py", 8, 1),
            ("shop/api.py", 9, 1),
            ("shop/api.py", 11, 1),
        ],
    ),
    Example::new(
        &[
            (
                "shop/api.py",
                "import os\n\nfrom shop.settings.env import read as variable\n\nurl = os.environ['URL']\nport = os.getenv('PORT', '80')\nhas = 'URL' in os.environ\ngone = os.environ.pop('URL', None)\n",
            ),
            ("shop/__init__.py", ""),
            ("shop/settings/__init__.py", "import os\n\nos.environ['A']\n"),
            ("shop/settings/env.py", "import os\n\nos.environ['A']\n"),
            ("shop/config.py", "import os\n\nos.environ['A']\n"),
        ],
        &[
            ("shop/api.py", 5, 7),
            ("shop/api.py", 6, 8),
            ("shop/api.py", 7, 7),
            ("shop/api.py", 8, 8),
            ("shop/config.py", 3, 1),
        ],
    )
    .with("config_modules = [\"shop.settings\"]\ngetter = \"shop.settings.env.read\"")
    .fixed("import os\n\nfrom shop.settings.env import read as variable\n\nurl = variable('URL')\nport = variable('PORT', '80')\nhas = 'URL' in os.environ\ngone = os.environ.pop('URL', None)\n"),
    Example::new(
        &[
            (
                "shop/api.py",
                "import os\nimport subprocess\n\nos.environ['A'] = '1'\nsubprocess.run(['x'], env=os.environ, check=True)\nsubprocess.run(['x'], env={**os.environ, 'A': '1'}, check=True)\nchild = dict(os.environ)\nchild['A'] = '2'\nci = os.environ.get('CI') or 'NO_COLOR' in os.environ\nhome = os.environ['HOME']\nopen('data.json')\nopen('text.txt')\ntext = \"os.environ['A']\"\ndel os.environ['A']\n\n\ndef local(os, open):\n    open('a.ini')\n    return os.environ['A']\n",
            ),
            ("shop/settings.py", "import os\n\nA = os.environ['A']\n"),
            ("tests/test_a.py", "import os\n\nA = os.environ['A']\n"),
        ],
        &[],
    ),
];
