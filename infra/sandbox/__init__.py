"""The demonstration platforms: one made-up social network behind realistic APIs.

    story/        the demonstration: accounts, posts, and events, in two acts
    network       the actions of people on the network; moderation: those of moderators and operators
    state         the state that all faces share, in one JSON file; model: its dataclasses
    faces/        the APIs of the platforms: paging, IDs, errors
    validation/   refuses each response that the platform would not give
    limits        quotas, throttles, and faults
    server        all faces and the control API on one port; serve starts it as a script

    pictures, films, sounds, papers, subtitles    files made in code
    markup                                        links, hashtags, and mentions in texts

Nothing here imports recordroom. The faces were written from the documentation of the platforms, not from a
connector, so that a test shows when a connector misreads a platform. The server listens on the loopback
address only. The docstring of each face lists its differences from the real platform.
"""
