# `just ready` is what CI runs, in the same order.
ready: test check bench-quick

build:
    npm run build

test:
    npm test

check:
    npm run check

bench *args:
    npm run bench -- {{args}}

bench-quick:
    npm run bench -- --quick

format:
    npm run format
