"""Secrets drawn when a test runs, so that nothing that looks like one stands in the repository, and places for them."""

from __future__ import annotations

import base64
import random
import string
from collections.abc import Callable

LOWER_HEX = "0123456789abcdef"
ALNUM = string.ascii_letters + string.digits
WORD = ALNUM + "_"
URL_SAFE = ALNUM + "_-"
BASE64 = ALNUM + "+/"
BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"

Draw = Callable[[random.Random], str]


def of(alphabet: str, count: int, before: str = "", after: str = "") -> Draw:
    """Return a maker of `count` characters with something in front and behind."""
    return lambda dice: before + "".join(dice.choices(alphabet, k=count)) + after


def joined(*draws: Draw | str) -> Draw:
    """Return a maker of several drawn parts in a row."""
    return lambda dice: "".join(part if isinstance(part, str) else part(dice) for part in draws)


def uuid(dice: random.Random) -> str:
    return "-".join("".join(dice.choices(LOWER_HEX, k=count)) for count in (8, 4, 4, 4, 12))


def jwt(dice: random.Random) -> str:
    head = base64.urlsafe_b64encode(b'{"alg":"HS256","typ":"JWT"}').decode().rstrip("=")
    body = base64.urlsafe_b64encode(f'{{"sub":"{dice.random()}"}}'.encode()).decode().rstrip("=")
    return f"{head}.{body}.{of(URL_SAFE, 43)(dice)}"


def password(dice: random.Random) -> str:
    """What a password manager proposes: all kinds of characters, no quotes, blanks or ends of values."""
    letters = [dice.choice(string.ascii_lowercase) for _ in range(5)] + [
        dice.choice(string.ascii_uppercase) for _ in range(3)
    ]
    marks = [dice.choice("!%+?*~^_-=.") for _ in range(2)]
    digits = [dice.choice(string.digits) for _ in range(3)]
    chars = letters + marks + digits
    dice.shuffle(chars)
    return dice.choice(string.ascii_letters) + "".join(chars) + dice.choice(string.ascii_letters)


def basic(dice: random.Random) -> str:
    return base64.b64encode(f"admin:{of(ALNUM, 12)(dice)}".encode()).decode()


KINDS: dict[str, Draw] = {
    "openai-project": of(URL_SAFE, 120, "sk-proj-", "A1"),
    "openai-service": of(URL_SAFE, 120, "sk-svcacct-", "A1"),
    "openai-old": joined(of(ALNUM, 20, "sk-"), "T3" + "BlbkFJ", of(ALNUM, 20)),
    "anthropic": of(URL_SAFE, 93, "sk-ant-api03-", "AA"),
    "anthropic-oauth": of(URL_SAFE, 93, "sk-ant-oat01-", "AA"),
    "openrouter": of(LOWER_HEX, 64, "sk-or-v1-"),
    "deepseek": of(LOWER_HEX, 32, "sk-"),
    "moonshot": of(ALNUM, 48, "sk-"),
    "google": of(URL_SAFE, 35, "AIza"),
    "google-oauth-secret": of(URL_SAFE, 28, "GOCSPX-"),
    "google-oauth": of(URL_SAFE, 80, "ya29.a0"),
    "google-refresh": of(URL_SAFE, 60, "1//0"),
    "huggingface": of(ALNUM, 34, "hf_"),
    "groq": of(ALNUM, 52, "gsk_"),
    "xai": of(ALNUM, 80, "xai-"),
    "perplexity": of(ALNUM, 48, "pplx-"),
    "replicate": of(ALNUM, 37, "r8_"),
    "fireworks": of(ALNUM, 24, "fw_"),
    "cerebras": of(ALNUM, 48, "csk-"),
    "nvidia": of(URL_SAFE, 64, "nvapi-"),
    "elevenlabs": of(LOWER_HEX, 48, "sk_"),
    "aws-access-key": of(BASE32, 16, "AKIA"),
    "aws-temporary-key": of(BASE32, 16, "ASIA"),
    "azure-client-secret": joined(of(ALNUM, 3), "8Q~", of(URL_SAFE, 33), "a"),
    "digitalocean": of(LOWER_HEX, 64, "dop_v1_"),
    "supabase": of(LOWER_HEX, 40, "sbp_"),
    "netlify": of(ALNUM, 36, "nfp_"),
    "planetscale": of(URL_SAFE, 43, "pscale_tkn_"),
    "databricks": of(LOWER_HEX, 32, "dapi"),
    "openshift": of(URL_SAFE, 42, "sha256~", "a"),
    "tailscale": joined("tskey-auth-", of(ALNUM, 17), "-", of(ALNUM, 32)),
    "alibaba": of(ALNUM, 20, "LTAI"),
    "github": of(ALNUM, 36, "ghp_"),
    "github-oauth": of(ALNUM, 36, "gho_"),
    "github-app": of(ALNUM, 36, "ghs_"),
    "github-fine": joined("github_pat_", of(ALNUM, 22), "_", of(ALNUM, 59)),
    "gitlab": of(URL_SAFE, 19, "glpat-", "a"),
    "gitlab-deploy": of(URL_SAFE, 19, "gldt-", "a"),
    "gitlab-runner": of(URL_SAFE, 19, "glrt-", "a"),
    "npm": of(ALNUM, 36, "npm_"),
    "pypi": of(URL_SAFE, 150, "pypi-AgEIcHlwaS5vcmc", "a"),
    "rubygems": of(LOWER_HEX, 48, "rubygems_"),
    "docker": of(URL_SAFE, 26, "dckr_pat_", "a"),
    "artifactory": of(ALNUM, 69, "AKCp"),
    "sonarqube": of(LOWER_HEX, 40, "squ_"),
    "pulumi": of(LOWER_HEX, 40, "pul-"),
    "terraform": joined(of(ALNUM, 14), ".atlasv1.", of(ALNUM, 67)),
    "vault": of(URL_SAFE, 90, "hvs.", "a"),
    "doppler": of(ALNUM, 43, "dp.pt."),
    "age": of(string.digits + string.ascii_uppercase, 58, "AGE-SECRET-KEY-1"),
    "slack-bot": joined("xoxb-", of(string.digits, 12), "-", of(string.digits, 12), "-", of(ALNUM, 24)),
    "slack-user": joined("xoxp-", of(string.digits, 12), "-", of(string.digits, 12), "-", of(LOWER_HEX, 32)),
    "slack-app": joined("xapp-1-A", of(string.digits, 10), "-", of(string.digits, 12), "-", of(LOWER_HEX, 64)),
    "telegram": joined(of("123456789", 10), ":AA", of(URL_SAFE, 32), "a"),
    "twilio": of(LOWER_HEX, 32, "SK"),
    "sendgrid": joined("SG.", of(URL_SAFE, 22), ".", of(URL_SAFE, 42), "a"),
    "mailgun": of(LOWER_HEX, 32, "key-"),
    "mailchimp": of(LOWER_HEX, 32, "", "-us12"),
    "brevo": joined("xkeysib-", of(LOWER_HEX, 64), "-", of(ALNUM, 16)),
    "stripe": of(ALNUM, 24, "sk_live_"),
    "stripe-test": of(ALNUM, 99, "sk_test_"),
    "stripe-restricted": of(ALNUM, 24, "rk_live_"),
    "stripe-webhook": of(ALNUM, 32, "whsec_"),
    "square": of(URL_SAFE, 21, "sq0atp-", "a"),
    "shopify": of(LOWER_HEX, 32, "shpat_"),
    "easypost": of(ALNUM, 54, "EZAK"),
    "grafana": joined("glsa_", of(ALNUM, 32), "_", of(LOWER_HEX, 8)),
    "newrelic": of(BASE32, 27, "NRAK-"),
    "sentry": of(LOWER_HEX, 64, "sntryu_"),
    "posthog": of(ALNUM, 43, "phx_"),
    "linear": of(ALNUM, 40, "lin_api_"),
    "notion": of(ALNUM, 46, "ntn_"),
    "figma": of(URL_SAFE, 39, "figd_", "a"),
    "airtable": joined("pat", of(ALNUM, 14), ".", of(LOWER_HEX, 64)),
    "postman": joined("PMAK-", of(LOWER_HEX, 24), "-", of(LOWER_HEX, 34)),
    "launchdarkly": joined("sdk-", uuid),
    "jwt": jwt,
}
"""Kinds that are told by how they look."""

NAMED_KINDS: dict[str, tuple[str, Draw]] = {
    "mistral": ("MISTRAL_API_KEY", of(ALNUM, 32)),
    "cohere": ("COHERE_API_KEY", of(ALNUM, 40)),
    "together": ("TOGETHER_API_KEY", of(LOWER_HEX, 64)),
    "zhipu": ("GLM_API_KEY", joined(of(LOWER_HEX, 32), ".", of(ALNUM, 16))),
    "azure-openai": ("AZURE_OPENAI_API_KEY", of(LOWER_HEX, 32)),
    "azure-storage": ("AccountKey", of(BASE64, 86, "", "==")),
    "aws-secret-key": ("AWS_SECRET_ACCESS_KEY", of(BASE64, 40)),
    "aws-session-token": ("AWS_SESSION_TOKEN", of(BASE64, 200)),
    "twilio-token": ("TWILIO_AUTH_TOKEN", of(LOWER_HEX, 32)),
    "datadog": ("DD_API_KEY", of(LOWER_HEX, 32)),
    "cloudflare": ("CLOUDFLARE_API_TOKEN", of(URL_SAFE, 39, "", "a")),
    "heroku": ("HEROKU_API_KEY", uuid),
    "okta": ("OKTA_API_TOKEN", of(URL_SAFE, 40, "00")),
    "django": ("SECRET_KEY", of(ALNUM + "!%^*-_=+", 50)),
    "ethereum": ("WALLET_PRIVATE_KEY", of(LOWER_HEX, 64, "0x")),
    "db-password": ("DB_PASSWORD", password),
    "redis-password": ("REDIS_PASSWORD", of(ALNUM, 20)),
    "smtp-password": ("smtpPassword", password),
    "client-secret": ("client_secret", of(URL_SAFE, 39, "", "a")),
    "webhook-secret": ("webhook_secret", of(LOWER_HEX, 40)),
    "session-secret": ("sessionSecret", of(ALNUM, 32)),
    "refresh-token": ("refresh_token", of(URL_SAFE, 59, "", "a")),
    "encryption-key": ("ENCRYPTION_KEY", of(BASE64, 43, "", "=")),
    "token": ("BOT_TOKEN", of(URL_SAFE, 58, "", "a")),
}
"""Kinds that only the name beside them tells."""

WRAPPINGS: dict[str, str] = {
    "quoted": 'client = Client({name}="{secret}")',
    "comment": "# {name}: {secret}",
    "env": "{name}={secret}",
    "yaml": "  {name}: {secret}",
    "json": '  "{name}": "{secret}",',
    "single": "const {name} = '{secret}';",
    "typed": '{name}: str = "{secret}"',
    "go": '\t{name} := "{secret}"',
    "java": 'private static final String {name} = "{secret}";',
    "export": "export {name}='{secret}'",
    "docker": "ENV {name} {secret}",
    "diff": '+    {name} = "{secret}"',
    "diff-env": "-{name}={secret}",
    "setter": 'os.environ["{name}"] = "{secret}"',
    "default": 'os.getenv("{name}", "{secret}")',
    "hash": "'{name}' => '{secret}',",
    "xml": "<{name}>{secret}</{name}>",
    "option": "run --{name}={secret} --verbose",
    "query": "GET /v1/items?page=2&{name}={secret}&limit=5",
    "kubernetes": "- name: {name}\n  value: {secret}",
    "escaped": 'body = "{{\\"{name}\\": \\"{secret}\\"}}"',
    "message": "error: invalid value '{secret}' for {name} = '{secret}'",
}
"""Places for a secret with a name beside it; the first three are those that count in the bar."""

BARE_WRAPPINGS: dict[str, str] = {
    "quoted": 'client = connect("{secret}")',
    "comment": "// use {secret} here",
    "env": "VALUE={secret}",
    "yaml": "  value: {secret}",
    "diff": "+  - {secret}",
    "bearer": 'headers = {{"Authorization": "Bearer {secret}"}}',
    "curl": "curl -H 'X-Auth: {secret}' https://host/path",
    "call": "login({secret})",
    "markdown": "Use `{secret}` to sign in.",
    "newline": 'text = "one\\n{secret}\\ntwo"',
    "tuple": "('{secret}', 1)",
    "end": "{secret}",
}
"""Places where only its looks tell a secret; the first three are those that count in the bar."""

OTHERS: dict[str, tuple[str, Draw]] = {
    "address": ("postgres://app:{secret}@db.internal:5432/app", of(ALNUM, 16)),
    "address-password": ('url = "mongodb+srv://app:{secret}@cluster0.mongodb.net"', password),
    "address-token": ("git clone https://{secret}@github.com/me/it.git", of(ALNUM, 40)),
    "bearer": ("Authorization: Bearer {secret}", of(URL_SAFE, 40)),
    "bearer-quoted": ('h["Authorization"] = f"Bearer {secret}"', of(ALNUM, 32)),
    "authorization-token": ('"Authorization": "Token {secret}"', of(LOWER_HEX, 40)),
    "basic": ("Authorization: Basic {secret}", basic),
    "basic-quoted": ('headers = {{"Authorization": "Basic {secret}"}}', basic),
    "connection-string": ('"Server=db;Database=app;User Id=sa;Password={secret};Encrypt=true"', password),
    "azure-connection": (
        "DefaultEndpointsProtocol=https;AccountName=me;AccountKey={secret};EndpointSuffix=core",
        of(BASE64, 86, "", "=="),
    ),
    "npmrc": ("//registry.example.org/:_authToken={secret}", uuid),
    "sql": ("CREATE USER app WITH PASSWORD '{secret}';", password),
    "prose": ("The password is {secret} for now.", of(ALNUM, 20)),
    "slack-webhook": (
        "https://hooks.slack.com/{secret}",
        joined("services/T", of(BASE32, 10), "/B", of(BASE32, 10), "/", of(ALNUM, 24)),
    ),
    "discord-webhook": (
        "https://discord.com/api/webhooks/{secret}",
        joined(of("123456789", 18), "/", of(URL_SAFE, 68)),
    ),
    "properties": ("spring.datasource.password={secret}", password),
    "setter": ('builder.setPassword("{secret}")', password),
    "docker-auth": ('"auth": "{secret}"', basic),
    "cookie": ("Cookie: session={secret}; theme=dark", of(ALNUM, 32)),
}
"""Other places, each with the kind that belongs there."""


def pem(dice: random.Random, head: str = "RSA ", lines: int = 24) -> tuple[str, list[str]]:
    """Return a key in PEM form, and the lines of it that must not leave."""
    body = [of(BASE64, 64)(dice) for _ in range(lines)] + [of(BASE64, 30, "", "==")(dice)]
    mark = "PRIVATE " + "KEY"
    return "\n".join([f"-----BEGIN {head}{mark}-----", *body, f"-----END {head}{mark}-----"]), body
