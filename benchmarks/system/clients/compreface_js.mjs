// CompreFace's JavaScript SDK: the life cycle of life_cycle.py, which has the steps' names.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [host, port, key, ...pictures] = process.argv.slice(2);
const stranger = pictures.pop();
const probe = pictures.pop();
const name = "Alice Clark";

const require = createRequire(process.cwd() + "/");
const { CompreFace } = await import(pathToFileURL(require.resolve("@exadel/compreface-js-sdk")));
const service = new CompreFace(`http://${host}`, Number(port)).initFaceRecognitionService(key);
// a new one for each call: this SDK appends the query of every call to the same address
const faces = () => service.getFaceCollection();
const subjects = service.getSubjects();
const blob = (path) => readFileSync(path).toString("base64");
const options = { limit: 0, det_prob_threshold: 0.8, prediction_count: 1 };

async function recognize(path) {
  const { result } = await service.recognize(blob(path), options);
  const [best] = result[0].subjects;
  return best && best.similarity >= 0.5 ? best.subject : null;
}

async function expect(given, wanted) {
  const [a, b] = [JSON.stringify(await given), JSON.stringify(wanted)];
  if (a !== b) throw new Error(`${a} instead of ${b}`);
}

const steps = {
  "delete nobody": () => faces().delete_all_subject(name),
  add: async () => {
    await subjects.add(name);
    // without options: this SDK appends them to the name of the subject
    for (const path of pictures) await faces().add(blob(path), name);
  },
  list: async () => expect((await subjects.list()).subjects, [name]),
  recognize: () => expect(recognize(probe), name),
  stranger: () => expect(recognize(stranger), null),
  delete: () => faces().delete_all_subject(name),
  gone: async () => {
    await expect((await subjects.list()).subjects, []);
    await expect(recognize(probe), null);
  },
};

for (const [step, work] of Object.entries(steps)) {
  let fault = "";
  try {
    await work();
  } catch (error) {
    fault = String(error.response ? JSON.stringify(error.response.data) : error);
  }
  console.log(JSON.stringify({ step, fault }));
}
