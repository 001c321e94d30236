"""OAI-PMH 2.0, pure: arguments in, a document out. Knows neither HTTP nor SQL.

``request`` reads arguments · ``token`` signs and reads resumption tokens · ``source`` is what a
repository must answer · ``provider`` carries out the verbs.
"""
