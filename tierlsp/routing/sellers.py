"""Who is paid for what a backend does, told by its address: a vendor's prices hold at the vendor's own host only."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from types import MappingProxyType
from urllib.parse import urlsplit

from tierlsp.routing.prices import LOCAL_SELLER
from tierlsp.settings.presets import PRESETS
from tierlsp.settings.tree import BackendSettings

UNKNOWN_SELLER = "?"
"""Has no rows in the table: what it takes is unknown until the person says."""

SELLERS: Mapping[str, str] = MappingProxyType(
    {
        "api.anthropic.com": "anthropic",
        "api.openai.com": "openai",
        "api.deepseek.com": "deepseek",
        "dashscope-intl.aliyuncs.com": "qwen",
        "dashscope-us.aliyuncs.com": "qwen",
        "api.z.ai": "glm",
        "api.mistral.ai": "mistral",
        "codestral.mistral.ai": "codestral",
        "generativelanguage.googleapis.com": "gemini",
        "openrouter.ai": "openrouter",
    }
)
"""By host. The Chinese hosts of Qwen and GLM charge in another currency at other prices, so they are not here."""

PLAN_PATH = "/coding/"
"""What the path of Z.ai's coding plan has that its API does not have."""


def sellers_of(backends: Mapping[str, BackendSettings]) -> dict[str, str]:
    """Return the seller of each backend by its name: `PriceBook.sellers`."""
    return {name: seller_of(backend) for name, backend in backends.items()}


def seller_of(backend: BackendSettings) -> str:
    """Return the seller of one backend."""
    if _is_own(backend):
        return LOCAL_SELLER
    parts = urlsplit(backend.base_url)
    seller = SELLERS.get(parts.hostname or "", UNKNOWN_SELLER)
    if seller == "glm" and PLAN_PATH in parts.path:
        return "glm-coding"
    return seller


def _is_own(backend: BackendSettings) -> bool:
    """Whether it is a model server of the person's own, on this machine or in the same house."""
    preset = PRESETS[backend.kind]
    if preset.passes_on or urlsplit(preset.base_url).hostname != "127.0.0.1":
        return False
    host = urlsplit(backend.base_url).hostname or ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host == "localhost" or "." not in host or host.endswith((".local", ".lan"))
    return address.is_private or address.is_link_local
