// Placeholder until the packages exist; replaced by the real bundler.
