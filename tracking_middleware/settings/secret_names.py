"""Which parameters of a URL hold secrets on most sites: the default of the setting ``scrub_query``."""

from __future__ import annotations

DEFAULT_SCRUB_QUERY = frozenset(
    {
        # passwords
        *("password", "password1", "password2", "password_confirmation", "confirm_password"),
        *("new_password", "new_password1", "new_password2", "old_password", "current_password"),
        *("passwd", "passphrase", "passcode", "pwd", "pass", "secret", "credential", "credentials"),
        # tokens
        *("token", "access_token", "access-token", "accesstoken", "refresh_token", "refresh-token"),
        *("refreshtoken", "id_token", "id-token", "idtoken", "id_token_hint", "auth_token", "auth-token"),
        *("authtoken", "x-auth-token", "api_token", "api-token", "apitoken", "oauth_token"),
        *("reset_token", "invite_token", "login_token", "magic_token", "remember_token", "share_token"),
        *("unsubscribe_token", "verification_token", "confirmation_token", "device_token"),
        *("csrf", "csrf_token", "csrftoken", "csrfmiddlewaretoken", "xsrf", "xsrf_token", "_csrf", "_token"),
        *("authenticity_token", "nonce", "_wpnonce", "jwt", "auth", "authorization", "bearer", "magic"),
        *("assertion", "client_assertion", "samlresponse", "samlrequest", "samlart", "ticket", "sso"),
        # keys
        *("key", "api_key", "api-key", "apikey", "x-api-key", "access_key", "access-key", "accesskey"),
        *("private_key", "secret_key", "secretkey", "app_key", "appkey", "app_secret", "client_secret"),
        *("clientsecret", "reset_key", "activation_key", "subscription-key", "awsaccesskeyid"),
        # codes
        *("code", "confirmation_code", "verification_code", "activation_code", "invite_code", "reset_code"),
        *("user_code", "device_code", "code_verifier", "oauth_verifier", "oobcode"),
        *("otp", "otp_code", "totp", "mfa_code", "sms_code", "pin"),
        # signatures
        *("signature", "sig", "hmac", "oauth_signature"),
        *("x-amz-signature", "x-amz-credential", "x-amz-security-token"),
        *("x-goog-signature", "x-goog-credential", "x-oss-signature", "x-oss-security-token"),
        # e-mail addresses
        *("email", "e-mail", "e_mail", "mail", "email_address", "emailaddress", "user_email", "login_hint"),
        # sessions
        *("session", "sessionid", "session_id", "session-id", "session_key", "session_token", "sessiontoken"),
        *("session_state", "sess", "sessid", "sid"),
        *("phpsessid", "jsessionid", "asp.net_sessionid", "cftoken"),
    }
)
"""Names of parameters whose values are redacted in URLs, lower case; ``scrub_query`` replaces them."""
