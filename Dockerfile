# `jelou` alone in an image: the static program, and the certificates by which it knows servers.
#
#   docker build --tag jelou .
#   docker run --rm --env JELOU_TOKEN jelou tokens list my-function
#
# There is no shell in it, and the image of a CI job needs one: such an image takes the program from here,
# `COPY --from=jelou /usr/local/bin/jelou /usr/local/bin/jelou`.
#
# Where the image has to be the same each time, pin the one that it is built in by its digest.
FROM rust:1.95-alpine AS build
WORKDIR /source
COPY . .
# Alpine's C library is musl, and Rust links it in.
RUN cargo build --locked --release --bin jelou

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build --chmod=0555 /source/target/release/jelou /usr/local/bin/jelou
# A number, since there is no list of users; what runs the image can see that it is not root.
USER 65532:65532
WORKDIR /work
ENTRYPOINT ["/usr/local/bin/jelou"]
