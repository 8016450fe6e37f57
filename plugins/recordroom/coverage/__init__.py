"""Report whether the archive is complete, account by account.

`recordroom status` prints it, and the room's coverage pages show it. It contains no text of any record.

overview: all accounts, cached for the pages. account_status: what is known of one account. counts: the
    platform's counts compared with the archive's. calendar: the last twelve months, day by day. gap_reasons:
    what each gap reason means, and its remedy. concerns: what needs attention. budgets: what each credential
    has spent.
"""
