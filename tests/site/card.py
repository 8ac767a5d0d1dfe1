"""The picture that other sites show of a link to the documentation: ``python -m tests.site.card`` makes it."""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

STATIC = Path(__file__).resolve().parents[2] / "docs" / "_static"
PAGE = """<!doctype html><meta charset="utf-8"><style>
body {{ margin: 0; width: 1200px; height: 630px; background: #fdf8f4; color: #1f2933; display: flex;
  align-items: center; font-family: "DejaVu Sans", sans-serif; border-bottom: 18px solid #b94a08; box-sizing: border-box }}
svg {{ width: 300px; margin: 0 70px 0 90px; flex: none }}
h1 {{ font-size: 62px; margin: 0 0 26px; letter-spacing: -1px }}
p {{ font-size: 32px; line-height: 1.45; margin: 0; max-width: 640px }}
</style>{logo}<div><h1>oauthenticator suite</h1>
<p>Sign-in for JupyterHub: GitHub, Google, Entra ID, Keycloak, any OpenID provider, and passwords.</p></div>"""


def main() -> None:
    logo = (STATIC / "logo.svg").read_text(encoding="utf-8")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        window = chromium.new_page(viewport={"width": 1200, "height": 630})
        window.set_content(PAGE.format(logo=logo))
        taken = window.screenshot()
        chromium.close()
    picture = Image.open(io.BytesIO(taken)).convert("RGB").quantize(64)
    picture.save(STATIC / "card.png", optimize=True)


if __name__ == "__main__":
    main()
