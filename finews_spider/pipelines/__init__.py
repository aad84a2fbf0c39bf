"""The stages that an item passes on its way to the store, in order: normalize, images, deduplicate, store."""
