// Manifests of both generations, as their documents show them.

export const ECHO = `
apiVersion: core.oam.dev/v1beta1
kind: Application
metadata:
  name: echo
  annotations:
    description: This is my app
    version: v0.0.1
spec:
  components:
    - name: echo
      type: actor
      properties:
        image: wasmcloud.azurecr.io/echo:0.3.7
      traits:
        - type: spreadscaler
          properties:
            replicas: 1
            spread: []
        - type: linkdef
          properties:
            target: httpserver
            values:
              address: 0.0.0.0:8080
    - name: httpserver
      type: capability
      properties:
        image: wasmcloud.azurecr.io/httpserver:0.19.1
        contract: wasmcloud:httpserver
      traits:
        - type: spreadscaler
          properties:
            replicas: 1
            spread: []
`;

export const COUNTER = `
apiVersion: core.oam.dev/v1beta1
kind: Application
metadata:
  name: counter
  annotations:
    version: v1.0.0
    description: Counts calls
    wasmcloud.dev/authors: nobody
  labels:
    app.oam.io/name: counter
spec:
  components:
    - name: counter
      type: component
      properties:
        image: counter-v1.0.0
        id: counter
        config:
          - name: settings
            properties: { step: 2 }
      traits:
        - type: spreadscaler
          properties:
            instances: 4
            spread:
              - name: east
                weight: 80
                requirements: { region: us-east }
              - name: west
                requirements: { region: us-west }
        - type: link
          properties:
            target:
              name: kv
              config:
                - name: bucket
                  properties: { bucket: counts }
            namespace: wasi
            package: keyvalue
            interfaces: [store, atomics]
    - name: kv
      type: capability
      properties:
        image: ghcr.io/wasmcloud/keyvalue-nats:0.3.1
    - name: http
      type: capability
      properties:
        image: ghcr.io/wasmcloud/http-server:0.23.0
      traits:
        - type: link
          properties:
            target: counter
            namespace: wasi
            package: http
            interfaces: [incoming-handler]
            source:
              config:
                - name: address
                  properties: { address: 0.0.0.0:8080 }
`;
