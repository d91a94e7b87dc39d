//! What GR09 finds and does, example by example.

use crate::golden::rule::Example;

pub(super) const EXAMPLES: &[Example] = &[
    Example::new(
        &[("shop/users.py", "import os\n\n\ndef load(name):\n    print(\"loading\", name)\n    return os.path.join(name)\n")],
        &[("shop/users.py", 5, 5)],
    )
    .fixed("import os\nimport logging\n\nlogger = logging.getLogger(__name__)\n\n\ndef load(name):\n    logger.info(\"%s %s\", \"loading\", name)\n    return os.path.join(name)\n"),
    Example::new(
        &[("shop/cli.py", "print(1)\n"), ("tests/test_a.py", "print(1)\n"), ("shop/a.py", "def print(x):\n    pass\n\n\nprint(1)\nif __name__ == \"__main__\":\n    print(2)\n")],
        &[],
    ),
];
