import { ActionIcon, Badge, Button, Menu, Modal, Stack, Text, VisuallyHidden } from "@mantine/core";
import { IconDots, IconPlus } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, type Schemas } from "../../api/client";
import { Empty } from "../../shared/Empty";
import { Page } from "../../shared/Page";
import { ProblemAlert } from "../../shared/ProblemAlert";
import { usePages } from "../../shared/usePages";
import { useSchoolTime } from "../../shared/useSchoolTime";
import { VirtualTable } from "../../shared/VirtualTable";
import CameraForm from "./CameraForm";
import Still from "./Still";

export type Camera = Schemas["Camera"];

const colors: Record<Camera["state"], string> = { connecting: "blue", live: "green", waiting: "red", off_hours: "gray", disabled: "gray" };

type Open = { what: "form" | "still" | "remove"; camera: Camera | null };

/** The cameras that the server looks through: how it goes with each, and what it shows at this moment. */
export default function CamerasPage() {
  const { t, i18n } = useTranslation("cameras");
  const times = useSchoolTime();
  const client = useQueryClient();
  const [open, setOpen] = useState<Open | null>(null);
  const cameras = usePages(
    ["cameras"],
    async (limit, offset) => (await api.GET("/api/v1/cameras", { params: { query: { limit, offset } } })).data!,
    { refetchInterval: 3_000 },
  );
  const { rows, onEnd } = cameras;
  const close = () => setOpen(null);
  const done = () => {
    close();
    void client.invalidateQueries({ queryKey: ["cameras"] });
  };
  const remove = useMutation({
    mutationFn: (camera: Camera) => api.DELETE("/api/v1/cameras/{id}", { params: { path: { id: camera.id } } }),
    onSuccess: done,
  });
  const number = (value: number, digits = 0) => value.toLocaleString(i18n.language, { maximumFractionDigits: digits });
  return (
    <Page
      title={t("common:pages.cameras")}
      actions={
        <Button leftSection={<IconPlus size={16} />} onClick={() => setOpen({ what: "form", camera: null })}>
          {t("add")}
        </Button>
      }
    >
      <ProblemAlert error={cameras.error ?? remove.error} retry={() => void cameras.refetch()} />
      {cameras.data && rows.length === 0 ? (
        <Empty>{t("none")}</Empty>
      ) : (
        <VirtualTable
          label={t("common:pages.cameras")}
          rows={rows}
          rowKey={(c) => c.id}
          onEnd={onEnd}
          isLoading={cameras.isLoading}
          rowHeight={56}
          columns={[
            {
              key: "name",
              title: t("name"),
              grow: 3,
              render: (c) => (
                <>
                  {c.name}{" "}
                  <Text span size="sm" c="dimmed">
                    {c.device_id}
                  </Text>
                </>
              ),
            },
            {
              key: "state",
              title: t("state"),
              grow: 3,
              render: (c) => (
                <>
                  <Badge variant="light" color={colors[c.state]}>
                    {t(`states.${c.state}`)}
                  </Badge>
                  {c.state_reason && (
                    <Text size="xs" c="dimmed" truncate title={c.state_reason}>
                      {c.state_reason}
                    </Text>
                  )}
                </>
              ),
            },
            { key: "rate", title: t("rate"), grow: 2, wideOnly: true, render: (c) => number(c.measured_frames_per_second, 1) },
            { key: "dropped", title: t("dropped"), grow: 2, wideOnly: true, render: (c) => number(c.frames_dropped) },
            { key: "seen", title: t("seen"), grow: 3, wideOnly: true, render: (c) => times.dateTime(c.last_frame_at) || t("never") },
            { key: "direction", title: t("direction"), grow: 2, wideOnly: true, render: (c) => t(`directions.${c.direction}`) },
            {
              key: "actions",
              title: <VisuallyHidden>{t("actions")}</VisuallyHidden>,
              grow: 1,
              render: (camera) => (
                <Menu position="bottom-end">
                  <Menu.Target>
                    <ActionIcon variant="subtle" color="gray" aria-label={t("actionsOf", { name: camera.name })}>
                      <IconDots size={18} />
                    </ActionIcon>
                  </Menu.Target>
                  <Menu.Dropdown>
                    <Menu.Item disabled={camera.state !== "live"} onClick={() => setOpen({ what: "still", camera })}>
                      {t("look")}
                    </Menu.Item>
                    <Menu.Item onClick={() => setOpen({ what: "form", camera })}>{t("common:edit")}</Menu.Item>
                    <Menu.Item color="red" onClick={() => setOpen({ what: "remove", camera })}>
                      {t("common:delete")}
                    </Menu.Item>
                  </Menu.Dropdown>
                </Menu>
              ),
            },
          ]}
        />
      )}
      <Modal
        opened={open !== null}
        onClose={close}
        size={open?.what === "remove" ? "md" : "lg"}
        title={open && t(titles[open.what](open.camera), { name: open.camera?.name })}
        closeButtonProps={{ "aria-label": t("common:close") }}
      >
        {open?.what === "form" && <CameraForm camera={open.camera} onDone={done} />}
        {open?.what === "still" && <Still camera={open.camera!} />}
        {open?.what === "remove" && (
          <Stack>
            <Text size="sm">{t("removeText")}</Text>
            <Button color="red" loading={remove.isPending} onClick={() => remove.mutate(open.camera!)}>
              {t("common:delete")}
            </Button>
          </Stack>
        )}
      </Modal>
    </Page>
  );
}

const titles = {
  form: (camera: Camera | null) => (camera ? "editTitle" : "add") as "add",
  still: () => "stillTitle" as "add",
  remove: () => "removeTitle" as "add",
};
