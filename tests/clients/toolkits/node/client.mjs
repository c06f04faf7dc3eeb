// Carries out a plan (see ../README.md) with soap for Node.js, and tells what it made of the answers.

import { createRequire } from "node:module";
import { text } from "node:stream/consumers";

// The modules lie outside the checkout.
const soap = createRequire(`${process.env.NODE_PATH}/`)("soap");

const local = (name) => name.replace(/^.*:/, "");
const plan = JSON.parse(await text(process.stdin));
const told = {};
for (const [port, calls] of Object.entries(plan.calls)) {
  const clients = {};
  for (const [service, wsdl] of Object.entries(plan.services)) {
    clients[service] = await soap.createClientAsync(wsdl, { forceSoap12Headers: port === "Soap12" });
  }
  told[port] = [];
  for (const { service, operation, fields } of calls) {
    const [methods] = Object.values(clients[service].wsdl.services).map(({ ports }) => ports[port]);
    if (!methods) throw new Error(`no port ${port}`);
    const client = clients[service];
    const [name] = Object.keys(client.wsdl.services);
    const call = client[name][port][operation];
    told[port].push(
      await new Promise((resolve, reject) => {
        const done = (error, answer) => {
          if (!error) return resolve({ answer });
          const fault = error.root?.Envelope?.Body?.Fault;
          if (!fault) return reject(error);
          const code = fault.faultcode ?? fault.Code.Value;
          const said = fault.faultstring ?? fault.Reason.Text;
          const detail = (fault.detail ?? fault.Detail).error;
          resolve({
            fault: {
              // What soap reads by the schema is always a list where that says there may be several.
              type: Array.isArray(detail.field ?? []) ? "error" : "untyped",
              code: local(code),
              text: said.$value ?? said,
              error: detail.code,
              fields: Object.fromEntries((detail.field ?? []).map(({ name, code }) => [name, code])),
            },
          });
        };
        call(fields, done);
      }),
    );
  }
}
process.stdout.write(JSON.stringify(told));
