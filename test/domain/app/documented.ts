/** The 002 document's Register Application, word for word. */
export const REGISTERED = {
  apiVersion: "v1",
  kind: "App",
  metadata: { name: "my-app", labels: { app: "my-app", version: "v1" } },
  spec: {
    type: "http",
    image: "nginx:alpine",
    ports: [{ containerPort: 80, protocol: "HTTP" }],
  },
};
