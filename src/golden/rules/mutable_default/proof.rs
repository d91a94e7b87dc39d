//! What GR38 finds and does, example by example.

use crate::golden::rule::Example;

pub(super) const EXAMPLES: &[Example] = &[
    Example::new(
        &[(
            "shop/orders.py",
            "def total(items=[], *, rates={'a': 1}):\n    \"\"\"Add up.\"\"\"\n    if not items:\n        return 0\n    return sum(items) * rates['a']\n",
        )],
        &[("shop/orders.py", 1, 17), ("shop/orders.py", 1, 30)],
    )
    .fixed("def total(items=None, *, rates=None):\n    \"\"\"Add up.\"\"\"\n    if items is None:\n        items = []\n    if rates is None:\n        rates = {'a': 1}\n    if not items:\n        return 0\n    return sum(items) * rates['a']\n"),
    // Every way to read, a guard before a nested function, and several lines.
    Example::new(
        &[(
            "shop/orders.py",
            "class Cart:\n\tdef add(self, items=[\n\t\t'a',  # first\n\t\t'b',\n\t]):\n\t\t@staticmethod\n\t\tdef inner():\n\t\t\treturn [*items, len(items), items[0], 'a' in items, items.index('a')]\n\n\t\tfor item in items:\n\t\t\tyield item, [it for it in items], items + ['c']\n\t\treturn inner\n",
        )],
        &[("shop/orders.py", 2, 22)],
    )
    .fixed("class Cart:\n\tdef add(self, items=None):\n\t\tif items is None:\n\t\t\titems = [\n\t\t'a',  # first\n\t\t'b',\n\t]\n\t\t@staticmethod\n\t\tdef inner():\n\t\t\treturn [*items, len(items), items[0], 'a' in items, items.index('a')]\n\n\t\tfor item in items:\n\t\t\tyield item, [it for it in items], items + ['c']\n\t\treturn inner\n"),
    // Only a docstring, and the file ends with it.
    Example::new(
        &[("shop/orders.py", "def total(items=[]):\n    \"\"\"Add up.\"\"\"")],
        &[("shop/orders.py", 1, 17)],
    )
    .fixed("def total(items=None):\n    \"\"\"Add up.\"\"\"\n    if items is None:\n        items = []"),
    // Annotated, where nothing computes the annotation; and where it says so already.
    Example::new(
        &[(
            "shop/orders.py",
            "from __future__ import annotations\n\nfrom typing import Optional\n\n\ndef total(items: list[int] = [], more: Optional[list] = []):\n    return len(items) + len(more)\n",
        )],
        &[("shop/orders.py", 6, 30), ("shop/orders.py", 6, 57)],
    )
    .fixed("from __future__ import annotations\n\nfrom typing import Optional\n\n\ndef total(items: list[int] | None = None, more: Optional[list] = None):\n    if items is None:\n        items = []\n    if more is None:\n        more = []\n    return len(items) + len(more)\n"),
    // Suggested only: returned.
    Example::new(
        &[("shop/orders.py", "def total(items=[]):\n    return items\n")],
        &[("shop/orders.py", 1, 17)],
    )
    .fixed("def total(items=None):\n    if items is None:\n        items = []\n    return items\n"),
    // Nothing lands here: changed, stored, passed on, assigned, computed, asked for `None`,
    // and a full one whose truth is asked. What is on one line is not even suggested.
    Example::new(
        &[(
            "shop/orders.py",
            "def one(a=[]): return len(a)\n\n\ndef two(a=[]):\n    \"\"\"Say.\"\"\"\n    ...\n\n\ndef three(a=[]): \\\n    return len(a)\n",
        )],
        &[
            ("shop/orders.py", 1, 11),
            ("shop/orders.py", 4, 11),
            ("shop/orders.py", 9, 13),
        ],
    )
    .fixed("def one(a=[]): return len(a)\n\n\ndef two(a=[]):\n    \"\"\"Say.\"\"\"\n    ...\n\n\ndef three(a=[]): \\\n    return len(a)\n"),
    Example::new(
        &[(
            "shop/orders.py",
            "def total(a=(), b=None, c='', d=frozenset()):\n    text = 'def f(x=[]): pass'\n    return a, b, c, d, text, lambda: []\n",
        )],
        &[],
    ),
];

/// Functions whose fix may not land.
#[cfg(test)]
pub(super) const ONLY_SUGGESTED: [&str; 17] = [
    "def f(a=[]):\n    a.append(1)\n",
    "def f(a=[]):\n    g.a = a\n",
    "def f(a=[]):\n    g(a)\n",
    "def f(a=[]):\n    a = a or 1\n",
    "def f(a=[]):\n    a += [1]\n",
    "def f(a=list()):\n    return len(a)\n",
    "def f(a=[]):\n    return a is None\n",
    "def f(a=[1]):\n    if a:\n        return 1\n",
    "def f(a: list = []):\n    return len(a)\n",
    "def f(a=[]):\n    def g():\n        return a\n    return g\n",
    "def f(a: dict[str, Any] = {}):\n    return len(a)\n",
    "def f(a: 'dict[str, Any]' = {}):\n    return len(a)\n",
    "def f(a=[]):\n    return max(a, [1])\n",
    "def f(a=[]):\n    return sum([], a)\n",
    "@task\ndef f(a=[]):\n    return len(a)\n",
    "@app.post('/')\ndef f(a=[]):\n    return len(a)\n",
    "@property.setter\ndef f(a=[]):\n    return len(a)\n",
];
