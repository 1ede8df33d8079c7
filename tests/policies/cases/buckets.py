"""R2 buckets as they should be, and what breaks them."""

from pack.tokens import R2_CORS

from tests.policies.support import Case

CORS = {
    "bucketName": "documents",
    "rules": [
        {
            "allowed": {
                "origins": ["https://connect.chitty.cc"],
                "methods": ["GET", "PUT", "POST", "DELETE"],
                "headers": ["*"],
            },
            "maxAgeSeconds": 3600,
        }
    ],
}
ORIGIN = "rules[0].allowed.origins[0]"
OPEN_TO_READ = {"rules": [{"allowed": {"origins": ["*"], "methods": ["GET"], "headers": ["x-a"]}}]}

CASES = [
    Case(
        "r2-no-wildcard-cors",
        R2_CORS,
        CORS,
        [(ORIGIN, "*"), (ORIGIN, "null"), (ORIGIN, "http://connect.chitty.cc")],
    ),
    Case("r2-no-wildcard-write-cors", R2_CORS, CORS, [(ORIGIN, "*")]),
    Case(
        "r2-no-wildcard-write-cors",
        R2_CORS,
        OPEN_TO_READ,
        [("rules[0].allowed.methods[0]", "PUT"), ("rules[0].allowed.headers[0]", "*")],
    ),
]
