#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""The interfaces of Cloudflare, Route 53 and Hetzner, as far as lexicon uses
them, for one zone.

usage: lexiconapi.py FOLDER

The folder has the certificate in cert.pem and key.pem; records are kept in
FOLDER/records.json, one list of [id, name, value, ttl] for each provider, and
FOLDER/requests gets a line for each request.  FOLDER/fault, of the form
METHOD WORD, spoils requests of that method:

	a number	this status of HTTP
	false		Cloudflare: success is false, and nothing is done
	lie		it is answered as if it were done
	throttle	Route 53: too many requests
	greedy		a record that is deleted takes all others with it
"""

import http.server
import json
import pathlib
import re
import ssl
import sys
import threading
import urllib.parse
import xml.etree.ElementTree as ElementTree

FOLDER = pathlib.Path(sys.argv[1])
RECORDS = FOLDER / "records.json"
XMLNS = "https://route53.amazonaws.com/doc/2013-04-01/"
ZONE = "example.com"


def load(provider):
    return json.loads(RECORDS.read_text())[provider]


def save(provider, records):
    everything = json.loads(RECORDS.read_text())
    everything[provider] = records
    RECORDS.write_text(json.dumps(everything))


def add(provider, name, value, ttl):
    records = load(provider)
    number = 1 + max((record[0] for record in records), default=0)
    save(provider, records + [[number, name, value, ttl]])
    return number


def strings_of(value):
    """The strings of a value in quotes."""
    return re.findall(r'"([^"]*)"', value)


class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_args):
        pass

    def reply(self, status, body):
        is_xml = isinstance(body, str)
        body = (body if is_xml else json.dumps(body)).encode()
        self.send_response(status)
        self.send_header("Content-Type",
                         "text/xml" if is_xml else "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def handle_any(self):
        host = self.headers["Host"]
        length = int(self.headers.get("Content-Length") or 0)
        self.body = self.rfile.read(length).decode()
        where = urllib.parse.urlsplit(self.path)
        self.query = dict(urllib.parse.parse_qsl(where.query))
        with open(FOLDER / "requests", "a", encoding="utf-8") as file:
            print(host, self.command, self.path, file=file)
        try:
            method, self.fault = (FOLDER / "fault").read_text().split()
        except OSError:
            method, self.fault = "", ""
        if method != self.command:
            self.fault = ""
        if self.fault.isdigit():
            self.reply(int(self.fault), {"errors": [{"code": 1}]})
            return
        path = where.path.strip("/").split("/")
        if host == "api.cloudflare.com":
            self.cloudflare(path[2:])
        elif host == "dns.hetzner.com":
            self.hetzner(path[2:])
        elif host == "route53.amazonaws.com":
            self.route53(path[1:])
        else:
            self.reply(404, {})

    do_GET = do_POST = do_DELETE = handle_any

    def delete(self, provider, number):
        if self.fault == "greedy":
            save(provider, [])
        elif self.fault != "lie":
            save(provider, [record for record in load(provider)
                            if record[0] != number])

    def cloudflare_reply(self, result, **more):
        self.reply(200, {"success": True, "errors": [], "messages": [],
                         "result": result, **more})

    def cloudflare_error(self, status, code, message):
        self.reply(status, {"success": False, "messages": [], "result": None,
                            "errors": [{"code": code, "message": message}]})

    def cloudflare_page(self, found, per_page):
        """One page of a list."""
        page = int(self.query.get("page", 1))
        part = found[per_page * (page - 1):per_page * page]
        self.cloudflare_reply(part, result_info={
            "page": page, "per_page": per_page, "count": len(part),
            "total_count": len(found),
            "total_pages": -(-len(found) // per_page)})

    def cloudflare(self, path):
        if self.headers["Authorization"] != "Bearer cloudflare-secret":
            self.cloudflare_error(403, 9109, "Invalid access token")
        elif path == ["zones"]:
            # A token for one zone must not list all.
            self.cloudflare_page([], 20)
        elif path == ["zones", "zone17"]:
            self.cloudflare_reply({"id": "zone17", "name": ZONE,
                                   "status": "active"})
        elif self.command == "GET":
            found = [{"id": f"id{number}", "type": "TXT", "name": name,
                      "content": value, "ttl": ttl}
                     for number, name, value, ttl in load("cloudflare")
                     if self.query.get("name") in (None, name) and
                     self.query.get("content") in (None, value)]
            # So few that a client must ask for more pages.
            self.cloudflare_page(found, 2)
        elif self.command == "POST":
            data = json.loads(self.body)
            if self.fault == "false":
                self.cloudflare_error(200, 1004, "DNS Validation Error")
                return
            number = 0
            # It puts quotes around by itself.
            content = f'"{data["content"]}"'
            if self.fault != "lie":
                number = add("cloudflare", data["name"], content, data["ttl"])
            self.cloudflare_reply({"id": f"id{number}", "type": "TXT",
                                   "name": data["name"], "content": content,
                                   "ttl": data["ttl"]})
        else:
            self.delete("cloudflare", int(path[-1][2:]))
            self.cloudflare_reply({"id": path[-1]})

    def hetzner(self, path):
        if self.headers["Auth-API-Token"] != "hetzner-secret":
            self.reply(401, {})
        elif path == ["zones"]:
            self.reply(200, {"zones": [{"id": "z1", "name": ZONE}]})
        elif self.command == "GET":
            self.reply(200, {"records": [
                {"id": number, "type": "TXT", "value": value, "ttl": ttl,
                 "name": name.removesuffix("." + ZONE)}
                for number, name, value, ttl in load("hetzner")]})
        elif self.command == "POST":
            data = json.loads(self.body)
            if any(len(part) > 255 for part in
                   strings_of(data["value"]) or [data["value"]]):
                self.reply(422, {"error": {"message": "invalid TXT record"}})
                return
            if self.fault != "lie":
                add("hetzner", data["name"] + "." + ZONE, data["value"],
                    data["ttl"])
            self.reply(200, {})
        else:
            self.delete("hetzner", int(path[-1]))
            self.reply(200, {})

    def route53_error(self, code, text):
        self.reply(400, f'<ErrorResponse xmlns="{XMLNS}"><Error><Type>Sender'
                        f"</Type><Code>{code}</Code><Message>{text}</Message>"
                        "</Error></ErrorResponse>")

    def route53_change(self, change):
        """A set of records as a whole; "" if that is allowed."""
        def text(element, name):
            return element.findtext(".//{%s}%s" % (XMLNS, name))

        action, name = text(change, "Action"), text(change, "Name")
        values = [element.text for element in
                  change.iter("{%s}Value" % XMLNS)]
        old = [record for record in load("route53")
               if record[1] == name.rstrip(".")]
        if any(len(part) > 255 for value in values
               for part in strings_of(value)):
            return "CharacterStringTooLong"
        if action == "CREATE" and old:
            return "it already exists"
        if action == "DELETE" and \
                sorted(record[2] for record in old) != sorted(values):
            return "it does not match"
        save("route53", [record for record in load("route53")
                         if record not in old])
        for value in values if action != "DELETE" else []:
            add("route53", name.rstrip("."), value, int(text(change, "TTL")))
        return ""

    def route53(self, path):
        if "Credential=AKIAKEY/" not in self.headers["Authorization"]:
            self.route53_error("InvalidClientTokenId", "the token is invalid")
        elif self.fault == "throttle":
            self.route53_error("Throttling", "Rate exceeded")
        elif path == ["hostedzonesbyname"]:
            self.reply(200, f'<ListHostedZonesByNameResponse xmlns="{XMLNS}">'
                            "<HostedZones><HostedZone><Id>/hostedzone/Z1</Id>"
                            f"<Name>{ZONE}.</Name><CallerReference>c"
                            "</CallerReference><Config><PrivateZone>false"
                            "</PrivateZone></Config></HostedZone>"
                            "</HostedZones><IsTruncated>false</IsTruncated>"
                            "<MaxItems>100</MaxItems>"
                            "</ListHostedZonesByNameResponse>")
        elif self.command == "GET":
            sets = {}
            for _, name, value, ttl in load("route53"):
                sets.setdefault((name, ttl), []).append(value)
            body = "".join(
                f"<ResourceRecordSet><Name>{name}.</Name><Type>TXT</Type>"
                f"<TTL>{ttl}</TTL><ResourceRecords>" + "".join(
                    f"<ResourceRecord><Value>{value}</Value></ResourceRecord>"
                    for value in values) +
                "</ResourceRecords></ResourceRecordSet>"
                for (name, ttl), values in sets.items())
            self.reply(200, "<ListResourceRecordSetsResponse "
                            f'xmlns="{XMLNS}"><ResourceRecordSets>{body}'
                            "</ResourceRecordSets><IsTruncated>false"
                            "</IsTruncated><MaxItems>100</MaxItems>"
                            "</ListResourceRecordSetsResponse>")
        else:
            fault = ""
            if self.fault != "lie":
                fault = self.route53_change(ElementTree.fromstring(self.body))
            if fault:
                self.route53_error("InvalidChangeBatch", fault)
                return
            self.reply(200, f'<ChangeResourceRecordSetsResponse xmlns="{XMLNS}'
                            '"><ChangeInfo><Id>/change/C1</Id><Status>INSYNC'
                            "</Status><SubmittedAt>2026-01-01T00:00:00Z"
                            "</SubmittedAt></ChangeInfo>"
                            "</ChangeResourceRecordSetsResponse>")


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True


def main():
    server = Server(("127.0.0.1", 443), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(FOLDER / "cert.pem", FOLDER / "key.pem")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    (FOLDER / "ready").touch()
    threading.Thread(target=server.serve_forever).run()


main()
