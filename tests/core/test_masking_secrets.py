"""Forty kinds of secrets, wherever they stand: none of them leaves."""

from __future__ import annotations

import base64
import json

import pytest

from limelight.core.masking import Masker

MIXED = "aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3zA5bC7dE9fG1hJ3kL5mN7pQ9rS1tU3v"
HEXED = "0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f9"
UPPER = "QWERTY7ASDFG2ZXCVB4"


def b64url(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


JWT = f"{b64url({'alg': 'HS256', 'typ': 'JWT'})}.{b64url({'sub': '1234567890'})}.{MIXED[:43]}"
PEM_BODY = "\n".join(MIXED for _ in range(12))

SELF_EVIDENT = {
    "openai": "sk-" + MIXED[:48],
    "openai project": "sk-proj-" + MIXED[:20] + "_" + MIXED[20:30] + "-" + MIXED[30:60],
    "openai service account": "sk-svcacct-" + MIXED[:40],
    "anthropic": "sk-ant-api03-" + MIXED[:40] + "-_" + MIXED[:20] + "AA",
    "openrouter": "sk-or-v1-" + HEXED,
    "langfuse": "sk-lf-12345678-90ab-cdef-1234-567890abcdef",
    "google": "AIza" + "Sy" + MIXED[:33],
    "google oauth": "ya29." + MIXED[:50],
    "google client secret": "GOCSPX-" + MIXED[:28],
    "github classic": "ghp_" + MIXED[:36],
    "github oauth": "gho_" + MIXED[:36],
    "github server": "ghs_" + MIXED[:36],
    "github fine-grained": "github_pat_" + MIXED[:22] + "_" + MIXED[:59],
    "gitlab": "glpat-" + MIXED[:20],
    "slack bot": "xox" + "b-123456789012-1234567890123-" + MIXED[:24],
    "slack app": "xapp" + "-1-A0123456789-1234567890123-" + HEXED[:32],
    "aws id": "AKIA" + UPPER[:16],
    "aws temporary id": "ASIA" + UPPER[:16],
    "jwt": JWT,
    "stripe live": "sk_" + "live_" + MIXED[:24],
    "stripe restricted": "rk_" + "live_" + MIXED[:24],
    "stripe webhook": "whsec_" + MIXED[:32],
    "hugging face": "hf_" + MIXED[:34].replace("3", "x"),
    "groq": "gsk_" + MIXED[:52],
    "npm": "npm_" + MIXED[:36],
    "pypi": "pypi-AgEIcHlwaS5vcmc" + MIXED[:40],
    "sendgrid": "SG." + MIXED[:22] + "." + MIXED[:43],
    "twilio": "SK" + HEXED[:32],
    "telegram": "123456789:AA" + MIXED[:33],
    "xai": "xai-" + MIXED[:60],
    "perplexity": "pplx-" + MIXED[:48],
    "replicate": "r8_" + MIXED[:37],
    "nvidia": "nvapi-" + MIXED[:60],
    "databricks": "dapi" + HEXED[:32],
    "digitalocean": "dop_v1_" + HEXED,
    "docker": "dckr_pat_" + MIXED[:27],
    "shopify": "shpat_" + HEXED[:32],
    "mailgun": "key-" + HEXED[:32],
    "linear": "lin_api_" + MIXED[:40],
    "notion": "ntn_" + MIXED[:46],
    "langsmith": "lsv2_pt_" + HEXED[:32] + "_" + HEXED[:10],
    "new relic": "NRAK-" + UPPER[:10] + MIXED[:17].upper(),
}
POSITIONS = {
    "prose": "I pasted {} here, what is wrong with it?",
    "end of sentence": "The key is {}.",
    "json": '{{"role": "user", "content": "use {} please"}}',
    "json in json": '{{\\"text\\": \\"line\\n{}\\"}}',
    "escaped line end": "Here it is:\\n{}\\nthanks",
    "url": "https://api.example.com/v1/things?a=1&q={}&b=2",
    "path": "https://api.example.com/bot/{}/send",
    "header": "X-Custom: {}\r\nAccept: */*",
    "environment": "export SOME_THING={}",
    "unicode": "Schlüssel «{}» für 日本 😀",
    "quoted": "client = Client('{}')",
}


@pytest.mark.case(77)
@pytest.mark.parametrize("position", POSITIONS.values(), ids=POSITIONS)
@pytest.mark.parametrize("secret", SELF_EVIDENT.values(), ids=SELF_EVIDENT)
def test_a_key_that_says_what_it_is_never_leaves(secret, position):
    masked = Masker().text(position.format(secret))
    kept = secret[-16:]
    assert kept not in masked
    assert "[REDACTED:" in masked
    before, after = position.format("\0").split("\0")
    assert masked.startswith(before[:10])
    assert masked.endswith(after[-4:])


NAMED = {
    "password": "hunter2",
    "strong password": "Tr0ub4dor&3",
    "pass phrase": "correct-horse-battery-9",
    "api key": "0123456789abcdef0123456789abcdef",
    "client secret": "8Q~" + MIXED[:34],
    "aws secret": MIXED[:20] + "/" + MIXED[20:30] + "+" + MIXED[30:38],
    "azure account key": MIXED + MIXED[:22] + "==",
    "session token": MIXED[:40],
}
SPELLINGS = {
    "password": ["password={}", '"password": "{}"', "PASSWORD={}", "--password {}", "DB_PASS={}", "pwd: {}", "<password>{}</password>"],
    "strong password": ["Password: {}", "password='{}'", '\\"passwd\\": \\"{}\\"', "password = \"{}\"", "POSTGRES_PASSWORD={}"],
    "pass phrase": ["passphrase={}", "'passphrase': '{}'", 'passphrase: str = "{}"'],
    "api key": ["api_key={}", '"apiKey": "{}"', "x-api-key: {}", "?key={}", "AZURE_OPENAI_API_KEY={}", 'os.environ["API_KEY"] = "{}"', "--api-key {}"],
    "client secret": ["client_secret={}", '"clientSecret": "{}"', "AZURE_CLIENT_SECRET: {}"],
    "aws secret": ["aws_secret_access_key = {}", '"SecretAccessKey": "{}"', "AWS_SECRET_ACCESS_KEY={}"],
    "azure account key": ["AccountName=x;AccountKey={};EndpointSuffix=y", "SharedAccessKey={}", '"account_key": "{}"'],
    "session token": ["access_token={}", '"refresh_token": "{}"', "https://x.example/cb?token={}&state=1"],
}  # fmt: skip


@pytest.mark.parametrize(
    ("secret", "spelling"), [(NAMED[name], spelling) for name, found in SPELLINGS.items() for spelling in found]
)
def test_a_value_with_a_telling_name_never_leaves(secret, spelling):
    masked = Masker().text("so: " + spelling.format(secret) + "\nand then")
    assert secret not in masked
    assert masked.endswith("\nand then")
    name = spelling.split("{}")[0]
    assert name in masked  # the name stays readable, only the value goes


BASIC = base64.b64encode(b"aladdin:opensesame").decode()
AROUND = {
    "bearer": ("Authorization: Bearer " + MIXED[:30], MIXED[:30]),
    "bearer in json": ('{"authorization": "Bearer ' + MIXED[:30] + '"}', MIXED[:30]),
    "bearer in prose": ("curl -H 'authorization: bearer " + MIXED[:30] + "'", MIXED[:30]),
    "bearer alone": ("send Bearer " + MIXED[:30] + " along", MIXED[:30]),
    "basic": ("Authorization: Basic " + BASIC, BASIC),
    "basic alone": ("it said Basic " + BASIC, BASIC),
    "other scheme": ("Authorization: Token " + MIXED[:24], MIXED[:24]),
    "digest": ('Authorization: Digest username=joe, realm=x, response=6629fae49393', "6629fae49393"),
    "no scheme": ('"Authorization": "' + MIXED[:24] + '"', MIXED[:24]),
    "cookie": ("Cookie: session=" + MIXED[:24] + "; theme=dark", MIXED[:24]),
    "set-cookie": ('"set-cookie": "sid=' + MIXED[:24] + '; HttpOnly"', MIXED[:24]),
    "postgres": ("postgresql://joe:s3cr3t@db.example.com:5432/app", "s3cr3t"),
    "redis": ("redis://:opensesame@cache:6379/0", "opensesame"),
    "mongo": ("mongodb+srv://joe:p@ss!w0rd@cluster0.example.net/?retryWrites=true", "w0rd"),
    "url token": ("https://" + MIXED[:20] + "@git.example.com/x.git", MIXED[:20]),
    "slack webhook": ("https://hooks.slack.com/services/T0000/B0000/" + MIXED[:24], MIXED[:24]),
    "discord webhook": ("https://discord.com/api/webhooks/123456/" + MIXED[:40], MIXED[:40]),
    "signed url": ("https://x.blob.core.windows.net/c/f?sv=2024&sig=" + MIXED[:40] + "%3D&se=1", MIXED[:40]),
    "aws pair": ("AKIA" + UPPER[:16] + " / " + NAMED["aws secret"], NAMED["aws secret"]),
    "pem": (f"-----BEGIN RSA PRIVATE KEY-----\n{PEM_BODY}\n-----END RSA PRIVATE KEY-----", MIXED),
    "openssh": (f"-----BEGIN OPENSSH PRIVATE KEY-----\n{PEM_BODY}\n-----END OPENSSH PRIVATE KEY-----", MIXED),
    "pem in json": (json.dumps({"private_key": f"-----BEGIN PRIVATE KEY-----\n{PEM_BODY}\n-----END PRIVATE KEY-----\n"}), MIXED),
    "pem cut off": (f"-----BEGIN PRIVATE KEY-----\n{PEM_BODY}", MIXED),
    "pem cut in its end": (f"-----BEGIN PRIVATE KEY-----\n{PEM_BODY}\n-----END PRIV", MIXED),
    "pgp": (f"-----BEGIN PGP PRIVATE KEY BLOCK-----\n\n{PEM_BODY}\n-----END PGP PRIVATE KEY BLOCK-----", MIXED),
    "cut off": ('{"password": "opensesame', "opensesame"),
    "cut off in a line": ('password = "opensesame\nnext', "opensesame"),
    "keys in a row": (("dapi" + HEXED[:32]) * 9, HEXED[:32]),
    "long and bare": ("api_key=" + MIXED * 10 + " tail", MIXED),
    "long key in quotes": ('"secret": "' + MIXED * 63 + '"', MIXED),
    "very long key in quotes": ('"secret": "' + MIXED * 80, MIXED),
    "many escaped quotes": ('password="' + 'x\\"' * 9 + 'open"', "x"),
    "an id near an aws key": ("AKIA" + UPPER[:16] + " " + HEXED[:40] + " " + NAMED["aws secret"], NAMED["aws secret"]),
    "escaped quote": ('{"password": "open\\"sesame"}', "sesame"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "secret"), AROUND.values(), ids=AROUND)
def test_headers_urls_and_keys_in_blocks_are_masked_whole(text, secret):
    masked = Masker().text("before " + text + " after")
    assert secret not in masked
    assert masked.startswith("before ")


@pytest.mark.parametrize("prefix", range(-70, 71, 3))
def test_a_secret_across_the_windows_is_found(prefix):
    from limelight.core.masking.spans import WINDOW

    secret = SELF_EVIDENT["openai project"]
    for filler in ("lorem ", "a"):
        text = (filler * (WINDOW // len(filler) + 1))[: WINDOW + prefix] + " " + secret + " tail"
        masked = Masker().text(text)
        assert secret[20:] not in masked
        assert masked.endswith(" tail")


def test_the_words_around_stay_and_the_kind_is_named():
    masker = Masker()
    assert masker.text("use " + SELF_EVIDENT["openai"] + " now") == "use [REDACTED:openai_key] now"
    assert masker.text("password=hunter2&x=1") == "password=[REDACTED:password]&x=1"
    assert masker.text("postgres://joe:s3cr3t@db/app") == "postgres://joe:[REDACTED:url_password]@db/app"
    assert masker.counts == {"openai_key": 1, "password": 1, "url_password": 1}
    assert masker.seen == 3


INNOCENT = [
    "Please finish the task-force report and the risk-adjusted-return-model-for-2024 section.",
    "commit 9fceb02d0ae598e95dc970b74767f19372d61af8 fixed it",
    "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "id 550e8400-e29b-41d4-a716-446655440000, request req_011CSHoEeqs5C35K2UUqR7Fy",
    "chatcmpl-9fJ2kLmN4pQrStUvWxYz0123456789, call_abc123DEF456ghi789JKL012, msg_01XFDUDYJgAACzvnptvVoYEL",
    "data:image/png;base64," + base64.b64encode(bytes(range(256)) * 40).decode(),
    "ISBN 978-3-16-148410-0, order 4711-0815-2342, call 1-800-FLOWERS",
    "The maximum number of tokens: 4096. max_tokens=1024, total_tokens: 123456789012",
    '{"token": "Hello", "logprob": -0.31725305, "bytes": [72, 101]}',
    '{"usage": {"prompt_tokens": 12, "completion_tokens": 345}}',
    "def login(user: str, password: str, token: Optional[str] = None) -> Session:",
    "password = get_password()",
    "client = OpenAI(api_key=os.environ['OPENAI_API_KEY'])",
    'client = OpenAI(api_key="YOUR_API_KEY")',
    "api_key = settings.openai_api_key",
    "api_key=api_key, secret=self.secret, password=password)",
    'export OPENAI_API_KEY="<your key here>"',
    "password: ${DB_PASSWORD}",
    "Authorization: Bearer <token>",
    "Authorization: Bearer $TOKEN",
    "The secret: work hard. The key = persistence. Her password is known to nobody.",
    "basic understanding of basic concepts, basic arithmetic, bearer of bad news, bearer instruments",
    "primary_key=1234567890, cache_key: 99887766, foreign key = users_2024",
    "Cookies: we use cookies. Cookie: a small cake.",
    "http://localhost:8080/path@2x.png and https://joe@example.com/ and git@github.com:a/b.git",
    "https://docs.example.com/guides/authentication/api-keys-and-tokens-2024",
    "sk-learn, sk-container-id-12, sk-estimator-doc-link, sk_buff, hf_hub_download_with_retries_v2",
    "eyJust-kidding-with-a-long-word.eyJx, -eyJhbGciOiJIUzI1NiJ9-and-nothing-more",
    "eyJust kidding, Asia, SG.com, AKIAHA",
    '{"type": "object", "properties": {"password": {"type": "string", "description": "The password."}}}',
    "-----BEGIN CERTIFICATE-----\nMIIB" + MIXED + "\n-----END CERTIFICATE-----",
    "-----BEGIN PUBLIC KEY-----\nMIIB" + MIXED + "\n-----END PUBLIC KEY-----",
    "if token == expected_token: return password_hash(pwd)",
    "https://example.com/?signature=none&sort=key&page=token",
    "",
    "a",
]


@pytest.mark.parametrize("text", INNOCENT)
def test_ordinary_text_is_left_alone(text):
    assert Masker().text(text) == text
