"""Single sign-on with the agency's OpenID Connect provider, in Airflow's FAB.

The provider is Entra ID, Google Workspace, or any other that is certified. docs/admin/single-sign-on.md
describes the setup. Without RECORDROOM_SIGN_IN_ISSUER, people sign in with Airflow's passwords.

These rules apply:

- A person is let in only with an ID token that the provider signed, that was issued to this client and for
  this sign-in (nonce, state, PKCE), and that has not expired.
- Roles come from the provider's groups and are set again at each sign-in. A person without any of these
  groups gets no token, and loses earlier roles.
- The provider's `sub` identifies a person. The provider gives it to no other person; names and addresses may
  change hands.
- A sign-in ends after `[api_auth] jwt_expiration_time` seconds, whatever happens meanwhile.
- The audit records each sign-in, refusal, and sign-out, and each change of roles at a sign-in.
- With single sign-on, Airflow accepts no password of its own: a person who leaves the agency has none that
  works.

```
manager           Airflow's auth manager: tokens end with the sign-in, accounts are checked at each request
security          FAB's security manager: makes Airflow users of known people; audits sign-ins
passwords         FAB's security manager without a provider, and its page
views             the pages: to the provider, back from it, sign-out, and what a person without a sign-in sees
provider          requests to the provider, and which of its responses are trusted
claims            a verified ID token -> the person
audit             the audit events of sign-ins
addresses         of Airflow, of the provider, and the page to show after signing in
configuration     the settings, checked; what webserver_config.py contains
session_lifetime  how long a sign-in lasts
token_limit       how many wrong passwords a program may send
```
"""
