"""The stages that an item passes on its way to the store, in the order of travel: normalize, deduplicate, store."""
