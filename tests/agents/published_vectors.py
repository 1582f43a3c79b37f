"""The test vectors of draft-meunier-webbotauth-httpsig-protocol, with RFC 9421's keys (B.1.2, B.1.4)."""

from __future__ import annotations

import json

RSA = {
    "kty": "RSA",
    "e": "AQAB",
    "n": (
        "r4tmm3r20Wd_PbqvP1s2-QEtvpuRaV8Yq40gjUR8y2Rjxa6dpG2GXHbPfvMs8ct-Lh1GH45x28Rw3Ry53mm-"
        "oAXjyQ86OnDkZ5N8lYbggD4O3w6M6pAvLkhk95AndTrifbIFPNU8PPMO7OyrFAHqgDsznjPFmTOtCEcN2Z1F"
        "pWgchwuYLPL-Wokqltd11nqqzi-bJ9cvSKADYdUAAN5WUtzdpiy6LbTgSxP7ociU4Tn0g5I6aDZJ7A8Lzo0K"
        "SyZYoA485mqcO0GVAdVw9lq4aOT9v6d-nb4bnNkQVklLQ3fVAvJm-xdDOp9LCNCN48V2pnDOkFV6-U9nV5oy"
        "c6XI2w"
    ),
}
ED25519 = {"kty": "OKP", "crv": "Ed25519", "x": "JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs"}

AT = 1_735_689_700
"""A moment in which all of them hold."""

VECTORS = [
    {
        "name": "rsa-pss-sha512",
        "directory": json.dumps({"keys": [RSA]}),
        "at": AT,
        "headers": (
            ("signature-agent", 'agent2="https://signature-agent.test"'),
            (
                "signature-input",
                (
                    'sig2=("@authority" "signature-agent";key="agent2");created=1735689600;keyid="oD0Hwoc'
                    'PBSfpNy5W3bpJeyFGY_IQ_YpqxSjQ3Yd-CLA";alg="rsa-pss-sha512";expires=4889289600;nonce='
                    '"wcfPQPh7SzkvrIVvhD00vNk9PkxJNY2NVbYl2PVBB4zmUoluSwE7W6bPtF60QA3k8g06FU7PPCD+J58YofY'
                    '1zg==";tag="web-bot-auth"'
                ),
            ),
            (
                "signature",
                (
                    "sig2=:gHzpLNeHaHIO19NaJH9YMW5dcVSi2s0wOMBr6p18vcofS106sfC4KBIS0/szPlBBd1vIcyQ88B6CTE"
                    "WIhRAiVrb9zfX0mx1aG12CSGWcYkSirHeyTxhbuJvXd27ed6skWoy4PjXItq38936ivUQjfdIwXh1aX6HxkA"
                    "C3vRnEdSNfntkLWeEuIQ5BLIOBGE39fSwg27Qjq6OVWYas/9/aFUr3HA34MXWYdp+//cvlEKDp3kRoLOw9ro"
                    "0AOr6srHrTeEtxon2afcws1aZVSlPdd2fZSEIGmw9HAHLDCEkFTERu1gH2k/zIEqgy7CAYXI9E5slog0cLg/"
                    "Vc6+f8gih33g==:"
                ),
            ),
        ),
    },
    {
        "name": "rsa-pss-sha512, earlier drafts",
        "directory": json.dumps({"keys": [RSA]}),
        "at": AT,
        "headers": (
            ("signature-agent", '"https://signature-agent.test"'),
            (
                "signature-input",
                (
                    'sig2=("@authority" "signature-agent");created=1735689600;keyid="oD0HwocPBSfpNy5W3bpJ'
                    'eyFGY_IQ_YpqxSjQ3Yd-CLA";alg="rsa-pss-sha512";expires=1735693200;nonce="XSHtZVCThSIA'
                    'ksXsH9WBs6AtxtXC0eQGiIcUGSoJstFs8lAWakjhrfwzLhyjtme5iXMZvmFWqDEs6cT3Jf+BbQ==";tag="w'
                    'eb-bot-auth"'
                ),
            ),
            (
                "signature",
                (
                    "sig2=:I1QWNzGXdP1a4dSvOHLCVOOanEYHDk+ZsVxM9MLX/p4ko69ghKwR5EOtAD96g7g4GWP7lmpM/jFAf9"
                    "q8EFRDTPLjUXySwMv4YPgabv2LQihTJG2y8a2m6IGltyruwQNiqSJVUuRaG9+b17CGmAMFZh30X6GXLdQJrC"
                    "ARpeTqPwp2DC+a8haDE/VE5EruqzjA5/2mKwvrkzkSqeW5tOVtFwWRRHIOidquf/8Je6kM9mhgkg4arudLA5"
                    "SL4wyyYE1jURIgcOl8agrfdJ5Def23DIRtiOLRa8jT9cpTLFAuFHN+mrZA/LH9h0gSIg1cPb+0cMASee5uku"
                    "1KjWcFer7jWA==:"
                ),
            ),
        ),
    },
    {
        "name": "ed25519",
        "directory": json.dumps({"keys": [ED25519]}),
        "at": AT,
        "headers": (
            ("signature-agent", 'agent2="https://signature-agent.test"'),
            (
                "signature-input",
                (
                    'sig2=("@authority" "signature-agent";key="agent2");created=1735689600;keyid="poqkLGi'
                    'ymh_W0uP6PZFw-dvez3QJT5SolqXBCW38r0U";alg="ed25519";expires=4889289600;nonce="n9p433'
                    'xm+NJ3ph3upfBIGmsuwHw387YV7Q/F+6BSpGCVjYCqQw6rznNA8PVVLySrAWsv0hQtFioQb6E1YsauiA==";'
                    'tag="web-bot-auth"'
                ),
            ),
            (
                "signature",
                (
                    "sig2=:RdNFx5Bj6au3YgAMQL/RzmUlZE8QZLIaXGRpw985hWnwPfMxT228NMk6ehRS1PSl4e8PhbNZACSanG"
                    "dhEwYCCg==:"
                ),
            ),
        ),
    },
    {
        "name": "ed25519, earlier drafts",
        "directory": json.dumps({"keys": [ED25519]}),
        "at": AT,
        "headers": (
            ("signature-agent", '"https://signature-agent.test"'),
            (
                "signature-input",
                (
                    'sig2=("@authority" "signature-agent");created=1735689600;keyid="poqkLGiymh_W0uP6PZFw'
                    '-dvez3QJT5SolqXBCW38r0U";alg="ed25519";expires=1735693200;nonce="e8N7S2MFd/qrd6T2R3t'
                    'dfAuuANngKI7LFtKYI/vowzk4lAZYadIX6wW25MwG7DCT9RUKAJ0qVkU0mEeLElW1qg==";tag="web-bot-'
                    'auth"'
                ),
            ),
            (
                "signature",
                (
                    "sig2=:jdq0SqOwHdyHr9+r5jw3iYZH6aNGKijYp/EstF4RQTQdi5N5YYKrD+mCT1HA1nZDsi6nJKuHxUi/5S"
                    "yp3rLWBA==:"
                ),
            ),
        ),
    },
]
