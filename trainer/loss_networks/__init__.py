"""Loss networks: features of an ImageNet classifier, from whichever file is at hand."""
