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
manager.py         Airflow's auth manager: tokens end with the sign-in, accounts are looked at with each request
security.py        FAB's security manager: whom the provider knows becomes, or is, a user of Airflow
witness.py         FAB's security manager where the audit hears of it
journal.py         what the audit is told
view.py            the pages: to the provider, back from it
sign_out.py        out, from there and from where passwords are
pages.py           what somebody reads who is not in
passwords.py       the page of passwords, where there is no provider
token_limit.py     how many wrong passwords a program may send
goal.py            where somebody comes to who has signed in
remote.py          what is asked of the provider, and what of its answers is believed
claims.py          an id token that was verified -> who this is
configuration.py   settings, checked; what webserver_config.py holds
lifetime.py        how long a sign-in has to live
```
"""
