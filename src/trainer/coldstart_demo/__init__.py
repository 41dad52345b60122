"""An example workspace and tiny models that learn on one CPU core: what `npm run demo` and the tests train on."""
