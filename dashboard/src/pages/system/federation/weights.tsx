import { useQuery } from "@tanstack/react-query";
import { api, told } from "../../../api/client";
import { Button, FileButton } from "../../../ui/button";
import { Card } from "../../../ui/card";
import { save } from "../../../ui/download";
import { FailureNotice } from "../../../ui/notice";
import { RemovalButton } from "../../../ui/removal-button";
import { Table } from "../../../ui/table";
import { moment } from "../../../ui/times";
import { useToasts } from "../../../ui/toasts";
import { useWords } from "../../../words";
import {
  averageFile,
  averageWeights,
  deleteWeights,
  uploadWeights,
  useFederationChange,
} from "./queries";

/** Weight files that are averaged, as the system before Lookout had it. */
export function Weights() {
  const words = useWords();
  const { federation } = words;
  const { tell } = useToasts();
  const { data, error } = useQuery({
    queryKey: ["federated", "weights"],
    queryFn: () => told(api.GET("/api/v1/federated/weights")),
  });
  const upload = useFederationChange(uploadWeights);
  const remove = useFederationChange(deleteWeights);
  const average = useFederationChange(async () => {
    const made = await averageWeights();
    tell(federation.averaged(made.files.length, made.people.toLocaleString(words.tag)));
  });
  const download = useFederationChange(async () => save(await averageFile(), "average.npz"));
  const files = data?.items ?? [];
  return (
    <Card title={federation.weights}>
      <p className="mb-3 text-quiet">{federation.weightsHow}</p>
      {error && <FailureNotice error={error} />}
      {data && files.length === 0 && <p className="mb-3">{federation.noWeights}</p>}
      {files.length > 0 && (
        <Table
          label={federation.weights}
          rows={files}
          keyOf={(file) => file.id}
          columns={[
            { head: federation.file, cell: (file) => file.name },
            { head: federation.at, cell: (file) => moment(words, file.at) },
            {
              head: federation.arrays,
              cell: (file) => Object.keys(file.arrays).join(", "),
            },
            {
              head: federation.ofPeople,
              end: true,
              cell: (file) => file.people.toLocaleString(words.tag),
            },
            {
              head: words.users.actions,
              end: true,
              cell: (file) => (
                <RemovalButton
                  of="file"
                  name={file.name}
                  look="danger"
                  onConfirm={() => remove.mutateAsync(file.id)}
                />
              ),
            },
          ]}
        />
      )}
      <div className="mt-3 flex flex-wrap gap-2">
        <FileButton
          label={upload.isPending ? words.working : federation.upload}
          accept=".npz,.safetensors"
          disabled={upload.isPending}
          onFiles={([file]) => file && upload.mutate(file)}
        />
        {files.length > 0 && (
          <>
            <Button look="plain" busy={average.isPending} onClick={() => average.mutate(undefined)}>
              {federation.average}
            </Button>
            <Button
              look="plain"
              busy={download.isPending}
              onClick={() => download.mutate(undefined)}
            >
              {federation.download}
            </Button>
          </>
        )}
      </div>
    </Card>
  );
}
