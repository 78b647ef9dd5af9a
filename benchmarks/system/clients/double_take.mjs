// The requests that Double Take makes of CompreFace and DeepStack, with its default of 60 % for a
// match: the life cycle of life_cycle.py, which has the steps' names. Argument 1 is the system.

import { readFileSync } from "node:fs";

const [system, host, port, key, ...pictures] = process.argv.slice(2);
const stranger = pictures.pop();
const probe = pictures.pop();
const name = "Alice Clark";
const address = `http://${host}:${port}`;
const query = `subject=${encodeURIComponent(name)}`;

function form(fields, path, field) {
  const body = new FormData();
  if (path) body.append(field, new Blob([readFileSync(path)]), "picture.jpg");
  for (const [key, value] of Object.entries(fields)) if (value) body.append(key, value);
  return body;
}

async function ask(method, path, body, headers = {}) {
  const answer = await fetch(`${address}${path}`, { method, body, headers });
  return { status: answer.status, data: await answer.json() };
}

const compreface = {
  headers: { "x-api-key": key },
  train: (path) => ask("POST", `/api/v1/recognition/faces?${query}`, form({}, path, "file"), compreface.headers),
  remove: () => ask("DELETE", `/api/v1/recognition/faces?${query}`, undefined, compreface.headers),
  names: async () =>
    (await ask("GET", "/api/v1/recognition/subjects", undefined, compreface.headers)).data.subjects,
  recognize: async (path) => {
    const where = "/api/v1/recognition/recognize?face_plugins=&det_prob_threshold=0.8";
    const { data } = await ask("POST", where, form({}, path, "file"), compreface.headers);
    if (!data.result && data.code !== 28) throw new Error(data.message);
    const best = data.result?.[0]?.subjects?.[0];
    return best && best.similarity * 100 >= 60 ? best.subject : null;
  },
};

const deepstack = {
  train: (path) =>
    ask("POST", "/v1/vision/face/register", form({ userid: name, api_key: key }, path, "image")),
  remove: () => ask("POST", "/v1/vision/face/delete", form({ userid: name, api_key: key })),
  names: async () => (await ask("POST", "/v1/vision/face/list", form({ api_key: key }))).data.faces,
  recognize: async (path) => {
    const body = form({ api_key: key }, path, "image");
    const { data } = await ask("POST", "/v1/vision/face/recognize", body);
    const [best] = data.predictions;
    return best.userid !== "unknown" && best.confidence * 100 >= 60 ? best.userid : null;
  },
};

const client = { compreface, deepstack }[system];

async function succeed(answer) {
  const { status, data } = await answer;
  if (status >= 300) throw new Error(JSON.stringify(data));
}

async function expect(given, wanted) {
  const [a, b] = [JSON.stringify(await given), JSON.stringify(wanted)];
  if (a !== b) throw new Error(`${a} instead of ${b}`);
}

const steps = {
  "delete nobody": () => succeed(client.remove()),
  add: async () => {
    for (const path of pictures) await succeed(client.train(path));
  },
  list: () => expect(client.names(), [name]),
  recognize: () => expect(client.recognize(probe), name),
  stranger: () => expect(client.recognize(stranger), null),
  delete: () => succeed(client.remove()),
  gone: async () => {
    await expect(client.names(), []);
    await expect(client.recognize(probe), null);
  },
};

for (const [step, work] of Object.entries(steps)) {
  let fault = "";
  try {
    await work();
  } catch (error) {
    fault = String(error);
  }
  console.log(JSON.stringify({ step, fault }));
}
