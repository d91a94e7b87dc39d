//! What GR03 finds, example by example. The credentials are made up, and put together here
//! so that no other scanner takes them for real ones.

use crate::golden::rule::Example;

pub(super) const EXAMPLES: &[Example] = &[
    Example::new(
        &[(
            "shop/api.py",
            concat!(
                "token = '",
                "ghp_",
                "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8'\n\n\ndef call(send, api_key='",
                "x8Kq2LmZ9vR4tY7wB1nC5dF3",
                "'):\n    send(client_secret='",
                "9f86d081884c7d659a2feaa0c55ad015",
                "')\n"
            ),
        )],
        &[
            ("shop/api.py", 1, 9),
            ("shop/api.py", 4, 24),
            ("shop/api.py", 5, 24),
        ],
    ),
    Example::new(
        &[(
            "shop/settings.py",
            concat!(
                "import os\n\nDATABASE = {'PASSWORD': '",
                "x8Kq2LmZ9vR4tY7wB1nC5dF3",
                "'}\nkey = os.environ.get('API_KEY', '",
                "9f86d081884c7d659a2feaa0c55ad015",
                "')\n\n\nclass Client:\n    def __init__(self, config):\n        self.token: str = '",
                "x8Kq2LmZ9vR4tY7wB1nC5dF3",
                "'\n        config['password'] = '",
                "x8Kq2LmZ9vR4tY7wB1nC5dF3",
                "'\n        self.ok = config.secret == '",
                "x8Kq2LmZ9vR4tY7wB1nC5dF3",
                "'\n"
            ),
        )],
        &[
            ("shop/settings.py", 3, 25),
            ("shop/settings.py", 4, 33),
            ("shop/settings.py", 9, 27),
            ("shop/settings.py", 10, 30),
            ("shop/settings.py", 11, 36),
        ],
    ),
    Example::new(
        &[(
            "shop/keys.py",
            concat!(
                "PEM = b'''-----BEGIN EC ",
                "PRIVATE KEY-----\nMHcCAQEEIIx8Kq2LmZ9vR4tY7wB1nC5dF3a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5\nP6q7R8==\n'''\nheader = f'Bearer ",
                "ghp_",
                "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8 {PEM}'\n"
            ),
        )],
        &[("shop/keys.py", 1, 7), ("shop/keys.py", 5, 10)],
    ),
    // Names, words, placeholders, checksums, addresses, and what is no credential.
    Example::new(
        &[
            (
                "shop/api.py",
                concat!(
                    "\"\"\"Send token = '",
                    "ghp_",
                    "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8'.\"\"\"\nCONF_PASSWORD = 'password'\nPASSWORD_HASHER = 'django.contrib.auth.hashers.PBKDF2PasswordHasher'\napi_key = ''\nsecret = 'your-x8Kq2LmZ9vR4tY7wB1nC5dF3'\nkey = 'x8Kq2LmZ9vR4tY7wB1nC5dF3'\nchecksum = '9f86d081884c7d659a2feaa0c55ad015'\ntoken_url = 'https://example.org/x8Kq2LmZ9vR4tY7wB1nC5dF3'\ntoken = 'https://example.org/x8Kq2LmZ9vR4tY7wB1nC5dF3'\npublic_token = 'x8Kq2LmZ9vR4tY7wB1nC5dF3'\nif '-----BEGIN PRIVATE KEY-----' in key:\n    secret = f'{key}'\nTOKEN = 'ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx'\nplaceholders = {'token': 'x8Kq2LmZ9vR4tY7wB1nC5dF3'}\n# token = 'x8Kq2LmZ9vR4tY7wB1nC5dF3'\n"
                ),
            ),
            ("tests/test_api.py", "token = 'x8Kq2LmZ9vR4tY7wB1nC5dF3'\n"),
        ],
        &[],
    ),
];
