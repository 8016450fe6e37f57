"""The only HTTP client of the package.

- client: requests, retries, redirects
- addresses: private addresses, which need the register's permission
- slow_servers: servers that send too slowly or keep captures waiting
- downloads: media files
"""
