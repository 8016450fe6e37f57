"""WordPress' REST API (wp/v2).

face   routes, sign-in, and views
query  request parameters, filters, and pages
items  visibility, and the JSON of posts, media, comments, users, and terms
site   the index, settings, statuses, types, and schemas of the site
"""
