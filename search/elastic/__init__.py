"""The search engine on Elasticsearch."""
