"""Single sign-on with the agency's OpenID Connect provider (Entra ID, Google Workspace, any that is certified), inside Airflow's FAB auth
manager. docs/signing-in.md says how it is set up; without RECORDROOM_SIGN_IN_ISSUER people sign in with Airflow's passwords.

What holds:

- Nobody is let in whose id token is not signed by the provider, meant for this client, of this sign-in (nonce, state, PKCE) and alive.
- Roles come from the provider's groups, anew at each sign-in. Who has none of them gets no token, and loses the roles that they had.
- A person is who the provider's `sub` says, which it gives to nobody else; names and addresses may change hands.
- A sign-in lives for `[api_auth] jwt_expiration_time` seconds and no longer, whatever is done meanwhile.
- Who comes in, is refused or goes out stands in the audit, and so do roles that change at a sign-in.
- With single sign-on no password of Airflow's own is taken: who leaves the agency leaves nothing behind that still opens.

```
manager           Airflow's auth manager: tokens end with the sign-in, accounts are checked at each request
security          FAB's security manager: makes a user of Airflow of whom the provider knows; audits sign-ins
passwords         FAB's security manager where there is no provider, and its page
views             the pages: to the provider, back from it, sign-out, and what a person reads who is not signed in
provider          what is requested of the provider, and which of its responses are trusted
claims            a verified ID token -> who this is
audit             the audit events of sign-ins
addresses         of Airflow, of the provider, and where a person goes after signing in
configuration     the settings, checked; what webserver_config.py holds
session_lifetime  how long a sign-in lasts
token_limit       how many wrong passwords a program may send
```
"""
