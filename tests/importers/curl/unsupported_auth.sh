curl --aws-sigv4 aws:amz:eu-west-1:es -u "$KEY:$SECRET" https://search.acme.example/_search
curl -H 'Authorization: Token token=abcdefgh12345678' https://search.acme.example/two
curl --digest -u 'ann:s3cret' https://search.acme.example/three
curl -E cert.pem --key key.pem https://search.acme.example/four
