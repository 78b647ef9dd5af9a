import { lazy, Suspense, useState } from "react";
import { useMay } from "../../me";
import { Button } from "../../ui/button";
import { Dialog } from "../../ui/dialog";
import { Loading } from "../../ui/notice";
import { useWords } from "../../words";

const Webcam = lazy(() => import("./webcam").then(({ Webcam }) => ({ default: Webcam })));

/** Asks for photographs by the camera of this device; says so where the browser allows none. */
export function WebcamButton({ onPhotographs }: { onPhotographs(files: File[]): void }) {
  const words = useWords();
  const may = useMay();
  const [open, setOpen] = useState(false);
  if (!may("recognize")) return null;
  if (!navigator.mediaDevices)
    return <p className="mt-2 text-sm text-quiet">{words.webcam.notHere}</p>;
  return (
    <>
      <Button look="plain" className="mt-3" onClick={() => setOpen(true)}>
        {words.webcam.open}
      </Button>
      {open && (
        <Dialog title={words.webcam.open} onClose={() => setOpen(false)}>
          <Suspense fallback={<Loading />}>
            <Webcam
              onPhotographs={(files) => {
                setOpen(false);
                onPhotographs(files);
              }}
            />
          </Suspense>
        </Dialog>
      )}
    </>
  );
}
