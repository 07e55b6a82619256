import { Alert, Badge, Button, Card, FileButton, Grid, Group, Stack, Switch, Table, Text, Title } from "@mantine/core";
import { IconPhotoVideo, IconPlugConnectedX, IconX } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Problem } from "../../api/problem";
import { CameraControls } from "../../shared/CameraControls";
import { FacesOnPicture, type FaceOnPicture } from "../../shared/FacesOnPicture";
import { Page } from "../../shared/Page";
import { isHeic, usePicture } from "../../shared/picture";
import { PictureCanvas } from "../../shared/PictureCanvas";
import { ProblemAlert } from "../../shared/ProblemAlert";
import { takeFrame, useCamera } from "../../shared/useCamera";
import { LiveEvents } from "./LiveEvents";
import { recognize, useRecognition, type LiveFace, type Seen } from "./useRecognition";
import { useRecording } from "./useRecording";

/** Who is before this camera, or in this picture or film; and what the school's cameras see meanwhile. */
export default function LivePage() {
  const { t } = useTranslation(["live", "common"]);
  const [file, setFile] = useState<File | null>(null);
  const [isRecording, setRecording] = useState(false);
  const [seen, setSeen] = useState<Seen | null>(null);
  const names = useRef(new Map<string, string>());
  const recording = useRecording(isRecording);
  const onSeen = (next: Seen) => {
    for (const { student_id, full_name } of next.recognition.faces) if (student_id && full_name) names.current.set(student_id, full_name);
    setSeen(next);
    recording.record(next.recognition.faces);
  };
  const close = () => {
    setFile(null);
    setSeen(null);
  };
  const isPicture = file !== null && !file.type.startsWith("video/");

  return (
    <Page
      title={t("common:pages.live")}
      actions={<Switch label={t("record")} checked={isRecording} onChange={(e) => setRecording(e.currentTarget.checked)} />}
    >
      <Grid>
        <Grid.Col span={{ base: 12, lg: 8 }}>
          <Stack>
            {isPicture ? (
              <Picture key={file.name} file={file} seen={seen} onSeen={onSeen} onClose={close} />
            ) : (
              <Moving key={file?.name ?? ""} film={file} seen={seen} onSeen={onSeen} onFile={setFile} onClose={close} />
            )}
            <ProblemAlert error={recording.error} title={t("notRecorded")} />
            {isRecording && (
              <Text size="sm" c="dimmed">
                {t("recordWhat")}
              </Text>
            )}
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, lg: 4 }}>
          <Stack>
            {seen && <Timings seen={seen} recorded={recording.milliseconds} />}
            <LiveEvents names={names.current} />
          </Stack>
        </Grid.Col>
      </Grid>
    </Page>
  );
}

/** The camera, or a film: frames go to the server while it plays. */
function Moving({
  film,
  seen,
  onSeen,
  onFile,
  onClose,
}: {
  film: File | null;
  seen: Seen | null;
  onSeen: (seen: Seen) => void;
  onFile: (file: File) => void;
  onClose: () => void;
}) {
  const { t } = useTranslation("live");
  const video = useRef<HTMLVideoElement>(null);
  const camera = useCamera(video);
  const [isPlaying, setPlaying] = useState(false);
  const [isUnplayable, setUnplayable] = useState(false);
  const [size, setSize] = useState<[number, number]>([4, 3]);
  useEffect(() => {
    if (!film) return;
    const address = URL.createObjectURL(film);
    const element = video.current!;
    element.src = address;
    element.play().catch(() => {});
    return () => {
      element.removeAttribute("src");
      element.load();
      URL.revokeObjectURL(address);
    };
  }, [film]);
  const isOn = film ? isPlaying : camera.state === "on";
  const { error, rate } = useRecognition({ isOn, take: (side) => takeFrame(video.current!, side), onSeen });
  const isMirrored = !film && camera.isMirrored;
  return (
    <>
      <div hidden={!film && camera.state !== "on"}>
        <FacesOnPicture
          width={seen?.recognition.width ?? size[0]}
          height={seen?.recognition.height ?? size[1]}
          isMirrored={isMirrored}
          faces={isOn && seen ? seen.recognition.faces.map((face, i) => faceOf(face, i, t("unknown"))) : []}
        >
          <video
            ref={video}
            muted
            playsInline
            loop={!!film}
            controls={!!film}
            aria-label={t(film ? "film" : "cameraPicture")}
            onPlay={() => setPlaying(true)}
            onPause={() => setPlaying(false)}
            onError={() => film && setUnplayable(true)}
            onResize={(e) => setSize([e.currentTarget.videoWidth || 4, e.currentTarget.videoHeight || 3])}
          />
        </FacesOnPicture>
      </div>
      {!film && camera.state === "off" && <Text>{t("what")}</Text>}
      {isUnplayable && (
        <Alert color="red" variant="light" role="alert" title={t("unplayable")}>
          {t("unplayableWhat")}
        </Alert>
      )}
      <Trouble error={error} />
      {film ? (
        <CloseFile film={film} onClose={onClose} />
      ) : (
        <CameraControls camera={camera}>
          <ChooseFile
            onFile={(file) => {
              camera.stop();
              onFile(file);
            }}
          />
        </CameraControls>
      )}
      {isOn && seen && (
        <Text size="sm" c="dimmed">
          {t("pace", {
            rate: rate.toFixed(1),
            side: Math.max(seen.recognition.width, seen.recognition.height),
            faces: seen.recognition.faces.length,
          })}
        </Text>
      )}
    </>
  );
}

/** One picture, asked of once. It goes as it is, since the server reads kinds that a browser does not. */
function Picture({ file, seen, onSeen, onClose }: { file: File; seen: Seen | null; onSeen: (seen: Seen) => void; onClose: () => void }) {
  const { t } = useTranslation("live");
  const { bitmap, isUnreadable } = usePicture(file);
  const ask = useMutation({
    mutationFn: async () => {
      const began = performance.now();
      const recognition = await recognize(file);
      return { recognition, roundTrip: performance.now() - began };
    },
    onSuccess: onSeen,
  });
  const { mutate } = ask;
  useEffect(() => mutate(), [mutate]);
  const found = ask.data && seen?.recognition;
  const [width, height] = found ? [found.width, found.height] : bitmap ? [bitmap.width, bitmap.height] : [4, 3];
  return (
    <>
      {isUnreadable && (
        <Alert color="yellow" variant="light" title={t("notShown")}>
          {t(isHeic(file) ? "heic" : "notShownWhat")}
        </Alert>
      )}
      {(bitmap || found) && (
        <FacesOnPicture width={width} height={height} faces={found?.faces.map((face, i) => faceOf(face, i, t("unknown"))) ?? []}>
          {bitmap && <PictureCanvas bitmap={bitmap} label={file.name} />}
        </FacesOnPicture>
      )}
      {found && <Text role="status">{t("found", { count: found.faces.length })}</Text>}
      <ProblemAlert error={ask.error} retry={() => ask.mutate()} />
      <CloseFile film={file} onClose={onClose} />
    </>
  );
}

function ChooseFile({ onFile }: { onFile: (file: File) => void }) {
  const { t } = useTranslation("live");
  return (
    <FileButton accept="image/*,video/*,.heic,.heif" onChange={(file) => file && onFile(file)}>
      {(props) => (
        <Button {...props} variant="default" leftSection={<IconPhotoVideo size={16} aria-hidden />}>
          {t("choose")}
        </Button>
      )}
    </FileButton>
  );
}

function CloseFile({ film, onClose }: { film: File; onClose: () => void }) {
  const { t } = useTranslation("live");
  return (
    <Group>
      <Text size="sm" style={{ overflowWrap: "anywhere" }}>
        {film.name}
      </Text>
      <Button variant="default" size="xs" leftSection={<IconX size={14} aria-hidden />} onClick={onClose}>
        {t("close")}
      </Button>
    </Group>
  );
}

const faceOf = (face: LiveFace, index: number, unknown: string): FaceOnPicture => ({
  key: face.student_id ? `${face.student_id}-${index}` : String(index),
  box: face.box,
  tone: face.student_id ? "known" : "unknown",
  label: (
    <>
      {face.student_id ? (face.full_name ?? face.student_id) : unknown}
      {face.similarity !== null && <span className="face-similarity"> {face.similarity.toFixed(2)}</span>}
    </>
  ),
});

/** The server being away or busy while frames go to it: it is asked again by itself. */
function Trouble({ error }: { error: unknown }) {
  const { t } = useTranslation("live");
  if (!error) return null;
  if (!(error instanceof Problem) || (error.status !== 0 && error.status !== 503 && error.status !== 429))
    return <ProblemAlert error={error} />;
  return (
    <Alert
      color="yellow"
      variant="light"
      role="alert"
      icon={<IconPlugConnectedX aria-hidden />}
      title={t(error.status === 0 ? "away" : "busy")}
    >
      {t(error.status === 0 ? "awayWhat" : "busyWhat")}
    </Alert>
  );
}

function Timings({ seen, recorded }: { seen: Seen; recorded: number | null }) {
  const { t } = useTranslation("live");
  const stages = Object.entries(seen.recognition.timings_ms);
  const server = stages.reduce((sum, [, ms]) => sum + ms, 0);
  const rows: [string, number][] = [
    ...stages.map(([stage, ms]): [string, number] => [t(`stages.${stage}` as never, { defaultValue: stage }) as string, ms]),
    [t("stages.way"), Math.max(0, seen.roundTrip - server)],
    ...(recorded === null ? [] : [[t("stages.record"), recorded] as [string, number]]),
  ];
  return (
    <Card withBorder component="section" aria-label={t("timings")}>
      <Group justify="space-between" mb="xs">
        <Title order={2} size="h4">
          {t("timings")}
        </Title>
        <Badge variant="light" tt="none">
          {t("roundTrip", { ms: Math.round(seen.roundTrip) })}
        </Badge>
      </Group>
      <Table verticalSpacing={2} aria-label={t("timings")}>
        <Table.Tbody>
          {rows.map(([stage, ms]) => (
            <Table.Tr key={stage}>
              <Table.Th fw={400}>{stage}</Table.Th>
              <Table.Td ta="end" style={{ fontVariantNumeric: "tabular-nums" }}>
                {ms.toFixed(1)}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Card>
  );
}
