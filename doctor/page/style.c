/* SPDX-License-Identifier: ISC */

/*
 * The style sheet: see style.h.
 *
 * Light and dark by what the reader's system prefers; on paper always light.
 * Colours of actions differ in lightness as well, for readers who cannot tell
 * red from green.  No font and no picture is loaded.
 */

#include "page/style.h"

#include <string.h>

#include <openssl/evp.h>

const char style_sheet[] =
    ":root{color-scheme:light dark;--paper:#fbfbf9;--card:#fff;--ink:#1b1f24;"
    "--soft:#5b6470;--line:#dcdfe3;--code:#a02018;"
    "--signed:#1f7a63;--passed:#9aa3af;--tempfailed:#d69a1c;"
    "--quarantined:#7a5bb0;--rejected:#b8352a;"
    "--reserve:#bcd9ee;--signs:#1f6fb2;--retired:#8fa9bf;--revoked:#c9ccd1}\n"
    "@media (prefers-color-scheme:dark){:root{--paper:#14171b;--card:#1c2026;"
    "--ink:#e8eaed;--soft:#a3acb8;--line:#343a43;--code:#ff9a8f;"
    "--signed:#35a88a;--passed:#6b7480;--tempfailed:#e0ad3e;"
    "--quarantined:#a78bdc;--rejected:#e0594c;"
    "--reserve:#33506a;--signs:#4a9fe0;--retired:#5d7389;--revoked:#4a5058}}\n"
    "*{box-sizing:border-box}\n"
    "body{margin:0;background:var(--paper);color:var(--ink);"
    "font:16px/1.5 system-ui,-apple-system,\"Segoe UI\",\"Helvetica Neue\","
    "Arial,sans-serif}\n"
    "main,header,footer{max-width:68rem;margin:0 auto;padding:0 1.25rem}\n"
    "header{padding-top:2.5rem}\n"
    "h1{font-size:2rem;line-height:1.2;margin:0 0 .25rem;"
    "overflow-wrap:anywhere}\n"
    "h2{font-size:1.3rem;margin:2.75rem 0 .5rem}\n"
    "h3{font-size:1.05rem;margin:1.75rem 0 .25rem}\n"
    "p{max-width:44rem;margin:.5rem 0}\n"
    "a{color:inherit}\n"
    ".soft,.axis,caption,dd{color:var(--soft)}\n"
    ".figures{display:grid;grid-template-columns:repeat(auto-fit,"
    "minmax(9.5rem,1fr));gap:.75rem;margin:1.5rem 0;padding:0;"
    "list-style:none}\n"
    ".figures li{background:var(--card);border:1px solid var(--line);"
    "border-top:4px solid var(--line);border-radius:6px;padding:.75rem 1rem}\n"
    ".figures b{display:block;font-size:1.65rem;line-height:1.2;"
    "font-variant-numeric:tabular-nums}\n"
    ".figures .signed{border-top-color:var(--signed)}\n"
    ".figures .passed{border-top-color:var(--passed)}\n"
    ".figures .tempfailed{border-top-color:var(--tempfailed)}\n"
    ".figures .quarantined{border-top-color:var(--quarantined)}\n"
    ".figures .rejected{border-top-color:var(--rejected)}\n"
    ".chart{display:block;width:100%;min-width:38rem;height:auto}\n"
    ".axis{fill:var(--soft);font-size:12px}\n"
    ".grid{stroke:var(--line)}\n"
    "rect.signed{fill:var(--signed)}rect.passed{fill:var(--passed)}"
    "rect.tempfailed{fill:var(--tempfailed)}"
    "rect.quarantined{fill:var(--quarantined)}"
    "rect.rejected{fill:var(--rejected)}\n"
    "rect.reserve{fill:var(--reserve)}rect.signs{fill:var(--signs)}"
    "rect.retired{fill:var(--retired)}rect.revoked{fill:var(--revoked)}\n"
    ".legend{display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;margin:.5rem 0;"
    "padding:0;list-style:none;font-size:.9rem}\n"
    ".legend svg{width:.8em;height:.8em;margin-right:.4em}\n"
    ".shares{display:block;width:100%;min-width:5rem;height:.7rem}\n"
    ".wide{overflow-x:auto;margin:.75rem 0}\n"
    "table{border-collapse:collapse;width:100%;font-size:.92rem;"
    "font-variant-numeric:tabular-nums}\n"
    "caption{text-align:left;padding-bottom:.35rem}\n"
    "th,td{text-align:left;vertical-align:top;padding:.35rem .7rem .35rem 0;"
    "border-bottom:1px solid var(--line)}\n"
    "thead th{font-weight:600;white-space:nowrap}\n"
    "tbody th{font-weight:400;overflow-wrap:anywhere;min-width:10rem}\n"
    "td.n,th.n{text-align:right;white-space:nowrap}\n"
    "td.bar{width:22%}\n"
    "td time,.key td{white-space:nowrap}\n"
    ".key .alarm{white-space:normal}\n"
    "details{margin:.75rem 0}summary{cursor:pointer}\n"
    "dt{font-weight:600;margin-top:.5rem}dd{margin:0;max-width:44rem}\n"
    ".code{color:var(--code);font-size:.85em}\n"
    "code{font-family:ui-monospace,\"SFMono-Regular\",Menlo,Consolas,"
    "monospace;font-size:.92em;overflow-wrap:anywhere}\n"
    ".note{background:var(--card);border:1px solid var(--line);"
    "border-left:4px solid var(--tempfailed);padding:.6rem 1rem;"
    "border-radius:4px}\n"
    "footer{padding-top:2rem;padding-bottom:3rem;font-size:.9rem}\n"
    "@media print{:root{color-scheme:light;--paper:#fff;--card:#fff;"
    "--ink:#000;--soft:#444;--line:#bbb;--code:#a02018;--signed:#1f7a63;"
    "--passed:#9aa3af;--tempfailed:#d69a1c;--quarantined:#7a5bb0;"
    "--rejected:#b8352a;--reserve:#bcd9ee;--signs:#1f6fb2;--retired:#8fa9bf;"
    "--revoked:#c9ccd1}body{font-size:10pt}rect,.figures li{"
    "print-color-adjust:exact;-webkit-print-color-adjust:exact}"
    ".wide{overflow:visible}tr,.figures li,.chart{break-inside:avoid}"
    "h2,h3{break-after:avoid}}\n";

bool
style_digest(char digest[STYLE_DIGEST_SIZE])
{
	unsigned char octets[EVP_MAX_MD_SIZE];
	unsigned int len;

	if (EVP_Digest(style_sheet, strlen(style_sheet), octets, &len,
	    EVP_sha256(), NULL) != 1 ||
	    (len + 2) / 3 * 4 >= STYLE_DIGEST_SIZE)
		return false;
	(void)EVP_EncodeBlock((unsigned char *)digest, octets, (int)len);
	return true;
}
