import { Button, Card, Group, Menu, Modal, SimpleGrid, Stack, Text, Title } from "@mantine/core";
import { IconDots, IconDownload, IconEraser, IconPencil, IconPhotoPlus } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { api, request, type Schemas } from "../../api/client";
import { may, useSession } from "../../api/session";
import { download } from "../../shared/download";
import { Page } from "../../shared/Page";
import { PageLink } from "../../shared/PageLink";
import { ProblemAlert } from "../../shared/ProblemAlert";
import { useSchoolTime } from "../../shared/useSchoolTime";
import { EnrolDialog } from "./EnrolDialog";
import { Erase } from "./Erase";
import { StudentAttendance } from "./StudentAttendance";
import { StudentConsent } from "./StudentConsent";
import { StudentFaces } from "./StudentFaces";
import { ChangeStudent } from "./StudentForm";

/** One student: profile, faces, consent, attendance, and what may be asked for about them. */
export default function StudentPage() {
  const { t } = useTranslation("students");
  const { id } = useParams({ strict: false }) as { id: string };
  const session = useSession();
  const client = useQueryClient();
  const [open, setOpen] = useState<"change" | "enrol" | "erase" | null>(null);
  const [receipt, setReceipt] = useState<Schemas["Erasure"] | null>(null);
  const student = useQuery({
    queryKey: ["students", "one", id],
    queryFn: async () => (await api.GET("/api/v1/students/{id}", { params: { path: { id } } })).data!,
    enabled: !receipt,
  });
  const exported = useMutation({
    mutationFn: async () => {
      const answer = await request(`/api/v1/students/${encodeURIComponent(id)}/export`);
      download(await answer.blob(), `student-${id}.zip`);
    },
  });
  const again = () => client.invalidateQueries({ queryKey: ["students"] });
  const close = () => setOpen(null);
  const name = student.data?.full_name ?? id;
  const mayEnrol = may(session, "enroll");
  const isAdmin = may(session, "admin");

  if (receipt) return <Erase id={id} receipt={receipt} />;
  return (
    <Page
      title={name}
      actions={
        student.data &&
        mayEnrol && (
          <>
            <Button leftSection={<IconPhotoPlus size={16} aria-hidden />} onClick={() => setOpen("enrol")}>
              {t("enrol.title")}
            </Button>
            <Menu position="bottom-end">
              <Menu.Target>
                <Button variant="default" leftSection={<IconDots size={16} aria-hidden />}>
                  {t("common:more")}
                </Button>
              </Menu.Target>
              <Menu.Dropdown>
                <Menu.Item leftSection={<IconPencil size={16} aria-hidden />} onClick={() => setOpen("change")}>
                  {t("change")}
                </Menu.Item>
                {isAdmin && (
                  <>
                    <Menu.Item leftSection={<IconDownload size={16} aria-hidden />} onClick={() => exported.mutate()}>
                      {t("export")}
                    </Menu.Item>
                    <Menu.Item color="red" leftSection={<IconEraser size={16} aria-hidden />} onClick={() => setOpen("erase")}>
                      {t("erase.title")}
                    </Menu.Item>
                  </>
                )}
              </Menu.Dropdown>
            </Menu>
          </>
        )
      }
    >
      <PageLink to="/students">{t("toAll")}</PageLink>
      <ProblemAlert error={student.error} retry={() => void student.refetch()} />
      <ProblemAlert error={exported.error} retry={() => exported.mutate()} />
      {student.data && (
        <SimpleGrid cols={{ base: 1, md: 2 }}>
          <Stack>
            <Section title={t("profile")}>
              <Profile student={student.data} />
            </Section>
            {mayEnrol && (
              <Section title={t("faces")}>
                <StudentFaces id={id} />
              </Section>
            )}
            {mayEnrol && (
              <Section title={t("consent.title")}>
                <StudentConsent id={id} />
              </Section>
            )}
          </Stack>
          {may(session, "attendance:read") && (
            <Section title={t("attendance.title")}>
              <StudentAttendance id={id} />
            </Section>
          )}
        </SimpleGrid>
      )}
      <Modal opened={open === "change"} onClose={close} title={t("change")} closeButtonProps={{ "aria-label": t("common:close") }}>
        {student.data && <ChangeStudent student={student.data} onDone={close} />}
      </Modal>
      <EnrolDialog id={id} name={name} opened={open === "enrol"} onClose={close} onEnrolled={() => void again()} />
      <Modal
        opened={open === "erase"}
        onClose={close}
        title={t("erase.of", { name })}
        closeButtonProps={{ "aria-label": t("common:close") }}
      >
        <Erase
          id={id}
          onErased={(done) => {
            setReceipt(done);
            close();
            // Stale, and not asked for again by this page, whose student is gone.
            void client.invalidateQueries({ queryKey: ["students"], refetchType: "none" });
          }}
        />
      </Modal>
    </Page>
  );
}

const Section = ({ title, children }: { title: string; children: ReactNode }) => (
  <Card withBorder component="section" aria-label={title}>
    <Title order={2} size="h4" mb="sm">
      {title}
    </Title>
    {children}
  </Card>
);

function Profile({ student }: { student: Schemas["Student"] }) {
  const { t } = useTranslation("students");
  const times = useSchoolTime();
  // A day without an hour, which no zone may move.
  const birthday = student.birth_date && times.date(`${student.birth_date}T12:00:00Z`);
  const fields = [
    [t("id"), student.id],
    [t("class"), student.class_name],
    [t("birthDate"), birthday],
    [t("address"), student.address],
  ] as const;
  return (
    <Stack gap={4} component="dl" m={0}>
      {fields.map(([label, value]) => (
        <Group key={label} gap="xs" wrap="nowrap" align="start">
          <Text component="dt" c="dimmed" w={130} flex="none">
            {label}
          </Text>
          <Text component="dd" m={0} style={{ overflowWrap: "anywhere", whiteSpace: "pre-line" }}>
            {value || "–"}
          </Text>
        </Group>
      ))}
    </Stack>
  );
}
