import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import { IconTrash } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, type Schemas } from "../../api/client";
import { Empty } from "../../shared/Empty";
import { ProblemAlert } from "../../shared/ProblemAlert";
import { useSchoolTime } from "../../shared/useSchoolTime";

type Face = Schemas["FaceTemplate"];

/** The photos that a student is recognised by: when and from where each came, and a way to be rid of a wrong one. */
export function StudentFaces({ id }: { id: string }) {
  const { t } = useTranslation("students");
  const times = useSchoolTime();
  const client = useQueryClient();
  const [removing, setRemoving] = useState<Face | null>(null);
  const faces = useQuery({
    queryKey: ["students", "faces", id],
    queryFn: async () => (await api.GET("/api/v1/students/{id}/faces", { params: { path: { id } } })).data!.items,
  });
  const remove = useMutation({
    mutationFn: (face: Face) => api.DELETE("/api/v1/students/{id}/faces/{faceId}", { params: { path: { id, faceId: face.id } } }),
    onSuccess: () => {
      setRemoving(null);
      void client.invalidateQueries({ queryKey: ["students"] });
    },
  });
  return (
    <Stack gap="xs">
      <ProblemAlert error={faces.error} retry={() => void faces.refetch()} />
      {faces.data?.length === 0 && <Empty>{t("noFaces")}</Empty>}
      {faces.data?.map((face) => (
        <Group key={face.id} justify="space-between" wrap="nowrap">
          <div style={{ minWidth: 0, overflowWrap: "anywhere" }}>
            <Text size="sm">{times.dateTime(face.enrolled_at)}</Text>
            <Text size="xs" c="dimmed">
              {face.enrolled_by && t(face.imported ? "faceImportedBy" : "faceBy", { who: face.enrolled_by })}
            </Text>
          </div>
          <Button
            size="xs"
            flex="none"
            variant="subtle"
            color="red"
            leftSection={<IconTrash size={14} aria-hidden />}
            onClick={() => setRemoving(face)}
            aria-label={t("removeFaceOf", { at: times.dateTime(face.enrolled_at) })}
          >
            {t("common:delete")}
          </Button>
        </Group>
      ))}
      <Modal
        opened={!!removing}
        onClose={() => setRemoving(null)}
        title={t("removeFace")}
        closeButtonProps={{ "aria-label": t("common:close") }}
      >
        <Stack>
          <Text>{t("removeFaceWhat", { at: times.dateTime(removing?.enrolled_at) })}</Text>
          <ProblemAlert error={remove.error} />
          <Group justify="end">
            <Button variant="default" onClick={() => setRemoving(null)}>
              {t("common:cancel")}
            </Button>
            <Button color="red" loading={remove.isPending} onClick={() => removing && remove.mutate(removing)}>
              {t("common:delete")}
            </Button>
          </Group>
        </Stack>
      </Modal>
    </Stack>
  );
}
