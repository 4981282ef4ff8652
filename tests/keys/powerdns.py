# SPDX-License-Identifier: ISC
#
# usage: powerdns.py FOLDER
#
# As much of PowerDNS's HTTP interface as a hook program needs, on a port of
# its own choice, which it writes to FOLDER/port.  FOLDER/records has the
# records, FOLDER/changes a line for each change; FOLDER/status and
# FOLDER/body have the answers worse.

import json
import os
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs, urlparse

folder = sys.argv[1]
records = {}


def read(name):
    try:
        with open(os.path.join(folder, name)) as f:
            return f.read()
    except FileNotFoundError:
        return None


class Handler(BaseHTTPRequestHandler):
    def log_message(self, *args):
        pass

    def answer(self, status, body=""):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def is_refused(self):
        url = urlparse(self.path)
        if read("status") is not None:
            self.answer(int(read("status")))
        elif self.headers.get("X-API-Key") != "secret-token":
            self.answer(401)
        elif url.path != "/api/v1/servers/localhost/zones/example.com.":
            self.answer(404)
        else:
            return False
        return True

    def do_GET(self):
        if self.is_refused():
            return
        if read("body") is not None:
            self.answer(200, read("body"))
            return
        query = parse_qs(urlparse(self.path).query)
        assert query["rrset_type"] == ["TXT"]
        name = query["rrset_name"][0].lower()
        # Records of another name are there as with older servers.
        sets = [{"name": "www.example.com.", "type": "A", "ttl": 60,
                 "records": [{"content": "192.0.2.1", "disabled": False}]}]
        if name in records:
            sets.append({"name": name, "type": "TXT",
                         "ttl": records[name]["ttl"],
                         "records": [{"content": c, "disabled": False}
                                     for c in records[name]["contents"]]})
        self.answer(200, json.dumps({"name": "example.com.", "rrsets": sets}))

    def do_PATCH(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.is_refused():
            return
        assert self.headers["Content-Type"] == "application/json"
        (change,) = json.loads(body)["rrsets"]
        name = change["name"].lower()
        assert change["type"] == "TXT"
        if change["changetype"] == "DELETE":
            del records[name]
        else:
            assert change["changetype"] == "REPLACE"
            records[name] = {
                "ttl": change["ttl"],
                "contents": [r["content"] for r in change["records"]]}
        with open(os.path.join(folder, "records"), "w") as f:
            json.dump(records, f)
        with open(os.path.join(folder, "changes"), "a") as f:
            print(name, file=f)
        self.answer(204)


server = HTTPServer(("127.0.0.1", 0), Handler)
with open(os.path.join(folder, "port"), "w") as f:
    print(server.server_port, file=f)
server.serve_forever()
