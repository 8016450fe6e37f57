"""The only HTTP client of the package.

- client: requests and retries
- redirects: where a redirect may lead
- addresses: private addresses, which need the register's permission
- slow_servers: servers that send too slowly or cause long waits
- downloads: media files
"""
